"""What must be true of stock after every step, asked of the database as a whole."""

from __future__ import annotations

from kernel.db import Work

_PROOFS = {
    "the movements sum to the positions": """
      SELECT p.sku_id, p.location_id FROM stock_positions p
      LEFT JOIN (SELECT sku_id, location_id,
          sum(on_hand_change) FILTER (WHERE status = 'good') AS good,
          sum(on_hand_change) FILTER (WHERE status = 'quarantined') AS quarantined,
          sum(on_hand_change) FILTER (WHERE status = 'damaged') AS damaged,
          sum(allocated_change) AS allocated, sum(reserved_change) AS reserved
        FROM stock_movements WHERE tenant_id = %(t)s GROUP BY 1, 2) m USING (sku_id, location_id)
      WHERE p.tenant_id = %(t)s AND (p.on_hand, p.quarantined, p.damaged, p.allocated, p.reserved) IS DISTINCT FROM
        (coalesce(m.good, 0), coalesce(m.quarantined, 0), coalesce(m.damaged, 0), coalesce(m.allocated, 0),
         coalesce(m.reserved, 0))""",
    "the lots sum to the positions": """
      SELECT p.sku_id, p.location_id FROM stock_positions p
      JOIN skus s ON s.tenant_id = %(t)s AND s.id = p.sku_id AND s.tracking = 'lot'
      LEFT JOIN (SELECT sku_id, location_id, sum(on_hand) AS on_hand, sum(quarantined) AS quarantined,
          sum(damaged) AS damaged, sum(allocated) AS allocated
        FROM lot_positions WHERE tenant_id = %(t)s GROUP BY 1, 2) l USING (sku_id, location_id)
      WHERE p.tenant_id = %(t)s AND (p.on_hand, p.quarantined, p.damaged, p.allocated) IS DISTINCT FROM
        (coalesce(l.on_hand, 0), coalesce(l.quarantined, 0), coalesce(l.damaged, 0), coalesce(l.allocated, 0))""",
    "the lots are what their movements and promises say": """
      SELECT l.lot_id FROM lot_positions l
      LEFT JOIN (SELECT lot_id, location_id, sum(on_hand_change) FILTER (WHERE status = 'good') AS good,
          sum(allocated_change) AS allocated FROM stock_movements WHERE tenant_id = %(t)s GROUP BY 1, 2) m
        USING (lot_id, location_id)
      LEFT JOIN (SELECT lot_id, location_id, sum(quantity - released - shipped) AS open
        FROM allocations WHERE tenant_id = %(t)s GROUP BY 1, 2) a USING (lot_id, location_id)
      WHERE l.tenant_id = %(t)s AND (l.on_hand, l.allocated, l.allocated) IS DISTINCT FROM
        (coalesce(m.good, 0), coalesce(m.allocated, 0), coalesce(a.open, 0))""",
    "no bin holds more than the position": """
      SELECT b.sku_id FROM (SELECT sku_id, location_id, sum(quantity) FILTER (WHERE status = 'good') AS good,
          sum(quantity) FILTER (WHERE status = 'quarantined') AS quarantined,
          sum(quantity) FILTER (WHERE status = 'damaged') AS damaged
        FROM bin_contents WHERE tenant_id = %(t)s GROUP BY 1, 2) b
      LEFT JOIN stock_positions p ON p.tenant_id = %(t)s AND p.sku_id = b.sku_id AND p.location_id = b.location_id
      WHERE coalesce(b.good, 0) > p.on_hand OR coalesce(b.quarantined, 0) > p.quarantined
        OR coalesce(b.damaged, 0) > p.damaged""",
    "the bins are what their movements say": """
      SELECT c.bin_id FROM bin_contents c
      LEFT JOIN (SELECT bin_id, sku_id, lot_id, status, sum(on_hand_change) AS units FROM stock_movements
        WHERE tenant_id = %(t)s AND bin_id IS NOT NULL GROUP BY 1, 2, 3, 4) m
        ON m.bin_id = c.bin_id AND m.sku_id = c.sku_id AND m.lot_id IS NOT DISTINCT FROM c.lot_id
          AND m.status = c.status
      WHERE c.tenant_id = %(t)s AND c.quantity <> coalesce(m.units, 0)""",
    "each unit of a serial SKU has its number": """
      SELECT p.sku_id FROM stock_positions p
      JOIN skus s ON s.tenant_id = %(t)s AND s.id = p.sku_id AND s.tracking = 'serial'
      LEFT JOIN (SELECT sku_id, location_id, count(*) FILTER (WHERE status = 'good') AS good,
          count(*) FILTER (WHERE status = 'quarantined') AS quarantined,
          count(*) FILTER (WHERE status = 'damaged') AS damaged
        FROM serial_numbers WHERE tenant_id = %(t)s AND location_id IS NOT NULL GROUP BY 1, 2) n
        USING (sku_id, location_id)
      WHERE p.tenant_id = %(t)s AND (p.on_hand, p.quarantined, p.damaged) IS DISTINCT FROM
        (coalesce(n.good, 0), coalesce(n.quarantined, 0), coalesce(n.damaged, 0))""",
    "reserved is what active reservations hold": """
      SELECT p.sku_id FROM stock_positions p
      LEFT JOIN (SELECT r.sku_id, u.location_id, sum(u.quantity) AS units FROM reservations r
        JOIN reservation_units u ON u.tenant_id = %(t)s AND u.reservation_id = r.id
        WHERE r.tenant_id = %(t)s AND r.state = 'active' GROUP BY 1, 2) x USING (sku_id, location_id)
      WHERE p.tenant_id = %(t)s AND p.reserved <> coalesce(x.units, 0)""",
    "allocated is what open promises hold": """
      SELECT p.sku_id FROM stock_positions p
      LEFT JOIN (SELECT sku_id, location_id, sum(quantity - released - shipped) AS units FROM allocations
        WHERE tenant_id = %(t)s GROUP BY 1, 2) a USING (sku_id, location_id)
      WHERE p.tenant_id = %(t)s AND p.allocated <> coalesce(a.units, 0)""",
    "nothing is negative or oversold": """
      SELECT sku_id FROM stock_positions WHERE tenant_id = %(t)s
        AND (on_hand < 0 OR quarantined < 0 OR damaged < 0 OR allocated + reserved > on_hand)""",
    "what is on the way is expected": """
      SELECT t.number FROM stock_transfers t
      JOIN stock_transfer_lines l ON l.tenant_id = %(t)s AND l.transfer_id = t.id
      WHERE t.tenant_id = %(t)s AND t.state IN ('sent', 'received') GROUP BY t.number
      HAVING sum(l.sent - l.received - l.lost) <> coalesce((SELECT sum(e.outstanding) FROM expected_receipts e
        WHERE e.tenant_id = %(t)s AND e.source = 'transfer' AND e.reference = t.number), 0)""",
}


def assert_stock_is_sound(work: Work) -> None:
    for promise, sql in _PROOFS.items():
        assert work.rows(sql, {"t": work.tenant_id}) == [], promise
