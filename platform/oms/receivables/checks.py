"""What must be true of the books after every transaction. Each query finds what disagrees; none ever does."""

from __future__ import annotations

from kernel.db import Work

CHECKS = {
    "the ledger balances": """
        SELECT transaction_id FROM ledger_entries WHERE tenant_id = %(t)s
        GROUP BY transaction_id, currency HAVING sum(debit) <> sum(credit) LIMIT 1""",
    "receivables agree with the ledger": """
        SELECT customer_id FROM (
          SELECT customer_id, account_id, currency, CASE WHEN kind = 'invoice' THEN open_amount ELSE 0 END AS owed,
            CASE WHEN kind = 'invoice' THEN 0 ELSE -open_amount END AS held
          FROM receivables WHERE tenant_id = %(t)s
          UNION ALL
          SELECT customer_id, credit_account_id, currency,
            CASE WHEN account = 'receivable' THEN credit - debit ELSE 0 END,
            CASE WHEN account = 'deposits' THEN debit - credit ELSE 0 END
          FROM ledger_entries WHERE tenant_id = %(t)s AND customer_id IS NOT NULL) b
        GROUP BY customer_id, account_id, currency HAVING sum(owed) <> 0 OR sum(held) <> 0 LIMIT 1""",
    "credit accounts agree with open items": """
        WITH RECURSIVE below AS (
          SELECT id AS top, id FROM credit_accounts WHERE tenant_id = %(t)s
          UNION
          SELECT b.top, a.id FROM below b JOIN credit_accounts a ON a.tenant_id = %(t)s AND a.parent_id = b.id
        ), items AS (
          SELECT b.top,
            sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND NOT r.aged) AS open_invoices,
            sum(r.open_amount) FILTER (WHERE r.kind = 'invoice' AND r.aged) AS overdue,
            -sum(r.open_amount) FILTER (WHERE r.kind <> 'invoice') AS unapplied
          FROM below b JOIN receivables r ON r.tenant_id = %(t)s AND r.account_id = b.id GROUP BY 1
        )
        SELECT a.id FROM credit_accounts a LEFT JOIN items i ON i.top = a.id
        WHERE a.tenant_id = %(t)s AND (a.open_invoices <> coalesce(i.open_invoices, 0)
          OR a.overdue <> coalesce(i.overdue, 0) OR a.unapplied_payments <> coalesce(i.unapplied, 0)) LIMIT 1""",
    "credit accounts agree with orders": """
        WITH RECURSIVE below AS (
          SELECT id AS top, id FROM credit_accounts WHERE tenant_id = %(t)s
          UNION
          SELECT b.top, a.id FROM below b JOIN credit_accounts a ON a.tenant_id = %(t)s AND a.parent_id = b.id
        )
        SELECT a.id FROM credit_accounts a
        WHERE a.tenant_id = %(t)s AND a.open_orders <> coalesce((SELECT sum(o.credit_exposed) FROM below b
          JOIN orders o ON o.tenant_id = %(t)s AND o.credit_account_id = b.id WHERE b.top = a.id), 0) LIMIT 1""",
    "order lines agree with their invoices": """
        SELECT l.id FROM order_lines l
        LEFT JOIN (SELECT x.order_line_id, sum(x.quantity) AS units, sum(x.net) AS net, sum(x.tax) AS tax
          FROM receivable_lines x JOIN receivables i ON i.tenant_id = %(t)s AND i.id = x.receivable_id
            AND i.kind = 'invoice' AND NOT i.voided
          WHERE x.tenant_id = %(t)s AND x.order_line_id IS NOT NULL GROUP BY 1) i ON i.order_line_id = l.id
        WHERE l.tenant_id = %(t)s AND (l.invoiced <> coalesce(i.units, 0) OR l.invoiced_net <> coalesce(i.net, 0)
          OR l.invoiced_tax <> coalesce(i.tax, 0)) LIMIT 1""",
    "invoices add up": """
        SELECT r.id FROM receivables r JOIN (SELECT receivable_id, sum(gross) AS gross FROM receivable_lines
          WHERE tenant_id = %(t)s GROUP BY 1) l ON l.receivable_id = r.id
        WHERE r.tenant_id = %(t)s AND abs(r.amount) <> l.gross LIMIT 1""",
    "items agree with their applications": """
        SELECT r.id FROM receivables r
        LEFT JOIN (SELECT invoice_id AS id, sum(amount) AS applied FROM receivable_applications
            WHERE tenant_id = %(t)s GROUP BY 1
          UNION ALL SELECT payment_id, sum(amount) FROM receivable_applications WHERE tenant_id = %(t)s GROUP BY 1) x
          ON x.id = r.id
        LEFT JOIN (SELECT t.receivable_id AS id, sum(e.debit) AS gone FROM ledger_transactions t
          JOIN ledger_entries e ON e.tenant_id = %(t)s AND e.transaction_id = t.id
          WHERE t.tenant_id = %(t)s AND t.kind IN ('refund', 'write_off') GROUP BY 1) g ON g.id = r.id
        WHERE r.tenant_id = %(t)s
          AND abs(r.open_amount)
            <> abs(r.amount) - r.passed_on - coalesce(x.applied, 0) - coalesce(g.gone, 0) LIMIT 1""",
}


def disagreements(work: Work) -> list[str]:
    """Names of the checks that fail; [] where the books are right."""
    return [name for name, query in CHECKS.items() if work.row(query, {"t": work.tenant_id}) is not None]
