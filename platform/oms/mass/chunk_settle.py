"""Promotions and freight of a chunk, order by order, by the function that settles a single order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.mass.chunk_adjust import line_values, lines_to_adjust
from oms.mass.chunk_context import Context, good_seqs, read_contexts
from oms.mass.chunk_coupons import ChunkCoupons, report_coupons
from oms.orders.order_values import discount_percent, is_below_floor
from oms.placement.planned import charge_json
from oms.placement.policy import OrderPolicy
from oms.placement.settle import PricedLine, Redemption, Settled, Terms, settle_order
from oms.pricing.amounts import LineAmounts
from oms.promotions.read_usage import read_usage
from oms.promotions.usage import UNUSED, Claim, Usage

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

_FREIGHT_RATES = """
SELECT DISTINCT ON (m.seq) m.seq, (SELECT t.rate FROM tax_rates t
    WHERE t.tenant_id = %(tenant)s AND t.tax_class = %(freight_class)s AND t.valid_from <= %(today)s
      AND t.country IN (coalesce(m.country, ''), '') AND lower(t.region) IN (coalesce(m.region, ''), '')
    ORDER BY t.country DESC, t.region DESC, t.valid_from DESC LIMIT 1) AS rate
FROM m_lines m ORDER BY m.seq, m.line_no
"""
_FLOORS = "SELECT id, floor_price FROM m_lines WHERE floor_price IS NOT NULL"
_SETTLED = """
WITH lines AS (
  UPDATE m_lines m SET discount = x.discount, net = x.net, tax = x.tax, gross = x.gross
  FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, discount numeric, net numeric, tax numeric, gross numeric)
  WHERE m.id = x.id
)
UPDATE m_orders o SET charge_net = x.net, charge_tax = x.tax, settled = x.settled
FROM jsonb_to_recordset(%(orders)s::jsonb) AS x (seq int, net numeric, tax numeric, settled jsonb) WHERE o.seq = x.seq
"""
_WRITE = """
WITH adjustments AS (
  INSERT INTO order_adjustments (tenant_id, id, order_id, line_id, source, label, coupon, amount)
  SELECT %(tenant)s, x.id, o.id, x.line_id, x.source, x.label, x.coupon, x.amount
  FROM jsonb_to_recordset(%(adjustments)s::jsonb)
    AS x (seq int, id uuid, line_id uuid, source text, label jsonb, coupon text, amount numeric)
  JOIN m_orders o ON o.seq = x.seq AND NOT o.bad AND o.known IS NULL
)
INSERT INTO order_charges (tenant_id, id, order_id, position, kind, label, source, price, discount, waived_by,
  tax_class, tax_rate, net, tax, gross)
SELECT %(tenant)s, x.id, o.id, x.position, x.kind, x.label, x.source, x.price, x.discount, x.waived_by,
  x.tax_class, x.tax_rate, x.net, x.tax, x.gross
FROM jsonb_to_recordset(%(charges)s::jsonb) AS x (seq int, id uuid, position int, kind text, label jsonb, source text,
  price numeric, discount numeric, waived_by text, tax_class text, tax_rate numeric, net numeric, tax numeric,
  gross numeric)
JOIN m_orders o ON o.seq = x.seq AND NOT o.bad AND o.known IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledOrder:
    """line_ids: in the order of the lines"""

    line_ids: tuple[UUID, ...]
    customer_id: UUID
    settled: Settled


def settle_chunk(
    work: Work, settings: ImportSettings, policy: OrderPolicy, coupons: ChunkCoupons
) -> dict[int, SettledOrder]:
    """seq -> what promotions and freight make of the order. Prices are known; amounts are not yet.

    An order whose coupons do not hold, or take nothing off, is a fault, as it is by itself.
    """
    seqs = good_seqs(work)
    contexts = read_contexts(work, settings, seqs, priced=False)
    freight = policy.freight.tax_class if policy.freight else None
    facts = {"tenant": work.tenant_id, "freight_class": freight, "today": work.today}
    rates = {row.seq: row.rate for row in work.rows(_FREIGHT_RATES, facts)} if freight else {}
    floors = {row.id: row.floor_price for row in work.rows(_FLOORS)} if policy.floor else {}
    rows = lines_to_adjust(work)
    used: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    usage = _usage(work, policy, rows, used, coupons.all_codes)
    found = {}
    for seq, group in groupby(rows, key=lambda row: row.seq):
        lines = list(group)
        brought = coupons.judge(seq, usage, policy, lines[0].customer_id, work.today)
        if brought is None:
            continue
        terms = Terms(
            currency=work.tenant.currency, now=work.now, today=work.today, customer=str(lines[0].customer_id),
            coupons=brought, usage=usage, freight_tax_rate=rates.get(seq),
        )  # fmt: skip
        settled = _settle(lines, contexts[seq], policy, terms, floors)
        if not coupons.has_effect(seq, brought, settled):
            continue
        found[seq] = SettledOrder(
            line_ids=tuple(line.id for line in lines), customer_id=lines[0].customer_id, settled=settled
        )
        for claim in found[seq].settled.claims:  # the next order of the file sees what this one takes
            uses, amount = used.get(claim.key, (0, Decimal(0)))
            used[claim.key] = uses + 1, amount + claim.amount
    _keep(work, found)
    report_coupons(work, settings, coupons.faults)
    return found


def _usage(
    work: Work,
    policy: OrderPolicy,
    rows: Sequence[Any],
    used: dict[tuple[str, str, str], tuple[int, Decimal]],
    codes: Sequence[str],
) -> Usage:
    """What is used, over `used`, which grows as the chunk is decided."""
    limited = [promotion.key for promotion in policy.promotions if promotion.is_limited]
    if not limited and not codes:
        return UNUSED
    customers = sorted({row.customer_id for row in rows})
    read = read_usage(work, promotions=limited, codes=codes, customers=customers)
    used.update(read.used)
    return Usage(used=used, coupons=read.coupons)


def _settle(
    lines: Sequence[Any], context: Context, policy: OrderPolicy, terms: Terms, floors: Mapping[UUID, Decimal]
) -> Settled:
    priced = [
        PricedLine(
            unit_price=line.price, quantity=line.ordered, tax_rate=line.tax_rate,
            values=line_values(line, context, line.price) if policy.promotions else {},
        )
        for line in lines
    ]  # fmt: skip
    return settle_order(priced, lambda amounts, off: _order_values(lines, context, amounts, off, floors), policy, terms)


def _order_values(
    lines: Sequence[Any], context: Context, amounts: Sequence[LineAmounts], off: Sequence[Decimal],
    floors: Mapping[UUID, Decimal],
) -> dict[str, Any]:  # fmt: skip
    """As oms.placement.subjects.order_subject has it at these amounts, before charges."""
    told = []
    for line, amount, discount in zip(lines, amounts, off, strict=True):
        told.append(
            {
                **context.lines[line.id], "unit_price": line.price, "amount": line.price * line.ordered,
                "cf": line.line_custom, "net": amount.net, "gross": amount.gross,
                "discount_percent": discount_percent(line.list_price, line.price), "promotion_discount": discount,
                "below_floor": is_below_floor(line.price, line.ordered, discount, floors.get(line.id)),
            }
        )  # fmt: skip
    net = sum((amount.net for amount in amounts), Decimal(0))
    tax = sum((amount.tax for amount in amounts), Decimal(0))
    return {
        "order": {
            **context.order, "net_total": net, "tax_total": tax, "total": net + tax,
            "line_count": Decimal(len(told)), "quantity": sum((line.ordered for line in lines), Decimal(0)),
            "discount_percent": max((line["discount_percent"] for line in told), default=Decimal(0)),
            "promotion_discount": sum(off, Decimal(0)), "below_floor": any(line["below_floor"] for line in told),
            "cf": lines[0].order_custom, "lines": told,
        }
    }  # fmt: skip


def _keep(work: Work, found: Mapping[int, SettledOrder]) -> None:
    """Into the temporary tables, where the statements that write the orders find it."""
    lines, orders = [], []
    for seq, one in found.items():
        settled = one.settled
        for line_id, amount, discount in zip(one.line_ids, settled.amounts, settled.discounts, strict=True):
            lines.append(
                {"id": line_id, "discount": discount, "net": amount.net, "tax": amount.tax, "gross": amount.gross}
            )
        told: dict[str, Any] = {"promotions": settled.told} if settled.told else {}
        if settled.charges:
            told["charges"] = [charge_json(charge) for charge in settled.charges]
        net = sum((charge.amounts.net for charge in settled.charges), Decimal(0))
        tax = sum((charge.amounts.tax for charge in settled.charges), Decimal(0))
        orders.append({"seq": seq, "net": net, "tax": tax, "settled": told})
    work.execute(_SETTLED, {"lines": dumps(lines), "orders": dumps(orders)})


def write_settled(work: Work, found: Mapping[int, SettledOrder]) -> None:
    """Adjustments and charges of the orders that were written."""
    adjustments = [
        {"seq": seq, "id": new_id(), "line_id": line_id, **each.row()}
        for seq, one in found.items()
        for line_id, of_line in zip(one.line_ids, one.settled.adjustments, strict=True)
        for each in of_line
    ]
    charges = [
        {"seq": seq, "id": new_id(), **charge.row(position)}
        for seq, one in found.items()
        for position, charge in enumerate(one.settled.charges, start=1)
    ]
    work.execute(_WRITE, {"tenant": work.tenant_id, "adjustments": dumps(adjustments), "charges": dumps(charges)})


def uses_of(
    found: Mapping[int, SettledOrder], orders: Mapping[int, UUID]
) -> tuple[list[tuple[UUID, UUID, Sequence[Redemption]]], list[Claim]]:
    """What the orders that were written use of promotions. orders: seq -> id"""
    placed = [(orders[seq], one) for seq, one in found.items() if seq in orders]
    rows: list[tuple[UUID, UUID, Sequence[Redemption]]] = [
        (order_id, one.customer_id, one.settled.redemptions) for order_id, one in placed
    ]
    return rows, [claim for _, one in placed for claim in one.settled.claims]
