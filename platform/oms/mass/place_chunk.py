"""Places a chunk of staged orders in one transaction: the promise of `place_order`, over sets.

Rows are understood, priced and written by set-based SQL. What must be decided order by order (review hits, credit,
approvals, promises of stock) is decided by the very functions that place a single order, on values that one
statement brought for the whole chunk; so the two paths cannot drift apart. tests/oms/mass holds them to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from kernel.money import RoundingMode, currency_digits
from kernel.outbox import put_message
from oms.mass import chunk_sql as sql
from oms.mass.chunk_adjust import adjust_prices, amounts_by_order
from oms.mass.chunk_coupons import ChunkCoupons, read_coupons
from oms.mass.chunk_decide import decide_chunk
from oms.mass.chunk_fields import complete_custom_fields, judged_again, keep_custom_values, read_custom_fields
from oms.mass.chunk_settle import SettledOrder, settle_chunk, uses_of, write_settled
from oms.mass.errors import ROW_FAULTS
from oms.mass.match_buyers import match_buyers, suspect_made
from oms.mass.price_sql import FLOORS, PRICE_FROM_LISTS
from oms.orders.reserve_number import reserve_numbers
from oms.placement.place_order import StartApproval
from oms.placement.policy import OrderPolicy
from oms.placement.write import LARGEST_DOCUMENT
from oms.pricing import plan as price_reasons
from oms.promotions.redeem import decide_again, redeem_all

_MORE_COLUMNS = """
ALTER TABLE m_orders ADD COLUMN custom jsonb NOT NULL DEFAULT '{}', ADD COLUMN settled jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN charge_net numeric NOT NULL DEFAULT 0, ADD COLUMN charge_tax numeric NOT NULL DEFAULT 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSettings:
    """What a run says about all its chunks."""

    run_id: UUID
    channel: str
    order_type: str
    create_customers: bool
    create_skus: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkOutcome:
    """Orders by what became of them, and lines by what was done with them."""

    done: int
    known: int
    bad: int
    lines: int
    skipped: int
    merged: int


def place_chunk(
    work: Work,
    settings: ImportSettings,
    seqs: range,
    policy: OrderPolicy,
    *,
    check_only: bool,
    start_approval: StartApproval | None = None,
) -> ChunkOutcome:
    """Places the orders at `seqs` (or only looks for faults). The caller commits, so a chunk is done or not.

    start_approval  as for place_order
    raises          PromotionsTaken where other orders use promotions up again and again meanwhile
    """

    def once() -> ChunkOutcome:
        return _place_once(work, settings, seqs, policy, check_only=check_only, start_approval=start_approval)

    counts = policy.counts_uses or any(promotion.coupon for promotion in policy.promotions)
    return once() if check_only or not counts else decide_again(work, once)


def _place_once(
    work: Work,
    settings: ImportSettings,
    seqs: range,
    policy: OrderPolicy,
    *,
    check_only: bool,
    start_approval: StartApproval | None,
) -> ChunkOutcome:
    parameters = _parameters(work, settings, seqs, policy)
    work.execute(sql.TAKE_ROWS, parameters)
    work.execute("ANALYZE m_raw (seq, customer_number, sku, unit)")
    unknown = match_buyers(work, settings.channel)
    if settings.create_skus:
        work.execute(sql.MISSING_SKUS, parameters)
    if settings.create_customers:
        work.execute(sql.MISSING_CUSTOMERS, parameters)
        suspect_made(work, unknown)
    work.execute(sql.SHARE_CUSTOMERS, parameters)
    work.execute(sql.UNDERSTAND, parameters)
    work.execute("ANALYZE m_rows (seq, customer_id, sku_id, unit)")
    work.execute(sql.FIND_FAULTS, parameters)
    work.execute(sql.MAKE_LINES, parameters)
    work.execute("ANALYZE m_lines (seq, sku_id, unit, buyer)")
    work.execute(sql.PRICE_GIVEN if policy.price_source == "given" else PRICE_FROM_LISTS, parameters)
    if policy.floor is not None:
        work.execute(FLOORS, parameters)
    work.execute(sql.LINE_FAULTS, parameters)
    work.execute(sql.EMPTY_ORDERS, parameters)
    custom = read_custom_fields(work, settings, policy, parameters)
    work.execute(sql.SORT_OUT, parameters)
    work.execute(_MORE_COLUMNS)
    work.execute("ANALYZE m_orders (seq, id, known, bad)")
    keep_custom_values(work, custom)
    settled: dict[int, SettledOrder] = {}
    coupons = read_coupons(work)
    if judged_again(policy):
        settled = _settle_prices(work, settings, policy, parameters, coupons)
        complete_custom_fields(work, settings, policy, parameters, custom)
        keep_custom_values(work, custom)
    elif not check_only or coupons.codes:
        settled = _settle_prices(work, settings, policy, parameters, coupons)
    if not check_only:
        _write(work, settings, policy, parameters, start_approval, settled)
    counts = work.row(sql.CHUNK_COUNTS)
    assert counts is not None
    _drop(work)
    return ChunkOutcome(**counts._asdict())


def _parameters(work: Work, settings: ImportSettings, seqs: range, policy: OrderPolicy) -> dict[str, Any]:
    currency = work.tenant.currency
    return {
        "tenant": work.tenant_id, "run": settings.run_id, "first": seqs.start, "last": seqs.stop - 1,
        "channel": settings.channel,
        "order_type": settings.order_type, "release": policy.release, "currency": currency,
        "digits": currency_digits(currency), "zone": work.tenant.zone, "today": work.today, "now": work.now,
        "given": policy.price_source == "given", "inclusive": policy.prices_include_tax,
        "customers": work.actor.reach_list("customer"),
        "actor_id": work.actor.id, "actor": work.actor.name, "actor_kind": work.actor.kind,
        "codes": list(ROW_FAULTS), "messages": list(ROW_FAULTS.values()), "no_lines": ROW_FAULTS["no_lines"],
        "no_tier": price_reasons.NO_TIER, "lost_tier": price_reasons.LOST_TIER,
        "lost_scope": price_reasons.LOST_SCOPE, "lost_priority": price_reasons.LOST_PRIORITY,
        "lost_older": price_reasons.LOST_OLDER, "lost_currency": price_reasons.LOST_CURRENCY,
        "largest_document": LARGEST_DOCUMENT, "convert": policy.convert_prices, "floors": policy.floor is not None,
        "floor_percent": policy.floor.below_list_percent if policy.floor else None,
    }  # fmt: skip


def _write(
    work: Work,
    settings: ImportSettings,
    policy: OrderPolicy,
    parameters: dict[str, Any],
    start_approval: StartApproval | None,
    settled: dict[int, SettledOrder],
) -> None:
    rows = work.rows("SELECT seq, id FROM m_orders WHERE NOT bad AND known IS NULL ORDER BY seq")
    if rows:
        _number(work, policy, [row.seq for row in rows])
        work.execute(sql.INSERT_ORDERS, parameters)
        work.execute(sql.INSERT_LINES, parameters)
        if settled:
            write_settled(work, settled)
        work.execute(sql.INSERT_TRAIL, parameters)
        work.execute(sql.KEEP_RECEIVED, parameters)
        decide_chunk(work, policy, [row.id for row in rows], start_approval)
        redeem_all(work, *uses_of(settled, {row.seq: row.id for row in rows}))  # the last lock of all
        run_id, first, last = to_text("imp", settings.run_id), parameters["first"], parameters["last"]
        put_message(work, "orders.imported", {"run_id": run_id, "count": len(rows), "first": first, "last": last})
    work.execute(sql.CLOSE_ORDERS, parameters)


def _settle_prices(
    work: Work, settings: ImportSettings, policy: OrderPolicy, parameters: dict[str, Any], coupons: ChunkCoupons
) -> dict[int, SettledOrder]:
    """Price tables, promotions, amounts and freight of the orders that will be placed.

    Returns by seq what was settled order by order: nothing where the order type has neither promotions nor freight
    and the chunk no coupons.
    """
    if policy.price_tables:
        adjust_prices(work, settings, policy)
    if policy.settles_orders or coupons.codes:
        return settle_chunk(work, settings, policy, coupons)
    if policy.rounding.level == "line" and policy.rounding.mode == RoundingMode.HALF_UP:
        work.execute(sql.AMOUNTS_INCLUSIVE if policy.prices_include_tax else sql.AMOUNTS_EXCLUSIVE, parameters)
    else:
        amounts_by_order(work, policy)
    return {}


def _number(work: Work, policy: OrderPolicy, seqs: Sequence[int]) -> None:
    """Numbers in the file's order."""
    numbering = policy.numbering
    first = reserve_numbers(
        work, key=numbering.key, period=numbering.period_of(work.today), gapless=numbering.gapless, count=len(seqs)
    )
    work.execute("CREATE TEMP TABLE m_numbers (seq int PRIMARY KEY, number text NOT NULL) ON COMMIT DROP")
    work.execute(
        "INSERT INTO m_numbers SELECT * FROM unnest(%(seqs)s::int[], %(numbers)s::text[])",
        {
            "seqs": list(seqs),
            "numbers": [numbering.render(work.today, first + offset) for offset in range(len(seqs))],
        },
    )


def _drop(work: Work) -> None:
    """The transaction may go on with another chunk."""
    work.execute("DROP TABLE IF EXISTS m_raw, m_rows, m_lines, m_orders, m_numbers")
