"""What splitting an order would make of it, by its rules or by hand: shown before it is done, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.orders.lock_order import LockedOrder, lock_order
from oms.orders.order_values import order_values
from oms.regrouping.pieces import Pool, share_out
from oms.regrouping.rules_of import split_rules_of
from oms.regrouping.seals import Seal, seal_of
from oms.regrouping.split_order import SplitOff, SplitOrder, pieces_of
from oms.regrouping.suggest_split import SplitFacts, Suggestion, suggest_split
from oms.regrouping.write_moves import open_promises

_WEIGHTS = "SELECT id, weight_grams FROM skus WHERE tenant_id = %(tenant)s AND id = ANY(%(skus)s)"
_NAMES = """
SELECT id, coalesce(names ->> %(locale)s, names ->> 'en', key) AS name FROM locations
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    line_no: int
    sku: str
    units: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """One of the orders that would be; the first is what stays."""

    label: str
    lines: tuple[PreviewLine, ...]
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOffer:
    """seal        why the order may not be split; None: it may
    suggestion  of the rules; None where they leave it whole
    preview     of the suggestion, or of what was asked for by hand
    """

    seal: Seal | None
    suggestion: Suggestion | None
    preview: tuple[PreviewOrder, ...]


def offer_split(work: Work, order_id: UUID, groups: Sequence[SplitOff] = ()) -> SplitOffer:
    """What the rules suggest, or what `groups` by hand would make of it.

    raises  OrderNotFound, LineNotFound, TooManyUnits, NothingToSplit
    """
    order = lock_order(work, order_id)
    if groups:
        return SplitOffer(seal=seal_of(work, order), suggestion=None, preview=_preview(work, order, groups))
    suggestion = suggestion_for(work, order)
    preview = _preview(work, order, suggestion.leaving) if suggestion else ()
    if preview and suggestion:
        preview = (replace(preview[0], label=suggestion.groups[0].label), *preview[1:])
    return SplitOffer(seal=seal_of(work, order), suggestion=suggestion, preview=preview)


def suggestion_for(work: Work, order: LockedOrder) -> Suggestion | None:
    """What the order's split rules say of it now."""
    rules = split_rules_of(work, order.order_type, order.release)
    if rules is None or order.status != "placed":
        return None
    return suggest_split(rules, _facts(work, order), now=work.now, today=work.today)


def split_by_rule(work: Work, order: LockedOrder, *, only_automatic: bool = False) -> SplitOrder | None:
    """The command that does what the rules say; None where they leave the order whole."""
    rules = split_rules_of(work, order.order_type, order.release)
    if rules is None or (only_automatic and not rules.automatic):
        return None
    suggestion = suggestion_for(work, order)
    if suggestion is None:
        return None
    rule = f"split_rules/{rules.key}#{suggestion.rule.id}"
    return SplitOrder(order_id=order.id, groups=suggestion.leaving, rule=rule)


def _facts(work: Work, order: LockedOrder) -> SplitFacts:
    promises = open_promises(work, order.id)
    weights = work.rows(_WEIGHTS, {"tenant": work.tenant_id, "skus": [line.sku_id for line in order.lines]})
    names = work.rows(
        _NAMES,
        {"tenant": work.tenant_id, "ids": list({one.location_id for one in promises}), "locale": work.tenant.locale},
    )
    return SplitFacts(
        values=order_values(work, order.id), lines=order.lines, promises=promises,
        weights={row.id: Decimal(row.weight_grams or 0) for row in weights}, names={row.id: row.name for row in names},
    )  # fmt: skip


def _preview(work: Work, order: LockedOrder, groups: Sequence[SplitOff]) -> tuple[PreviewOrder, ...]:
    pool = Pool(order, open_promises(work, order.id))
    shares = share_out(order, [pieces_of(pool, group) for group in groups])
    gone: dict[UUID, list[Any]] = {}
    for group in shares:
        for share in group:
            gone.setdefault(share.line.id, []).append(share)
    stays = tuple(
        PreviewLine(
            line.line_no, line.sku,
            line.ordered - line.cancelled - sum((s.piece.units for s in gone.get(line.id, ())), Decimal(0)),
            line.gross - sum((s.gross for s in gone.get(line.id, ())), Decimal(0)),
        )
        for line in order.lines
    )  # fmt: skip
    left = tuple(line for line in stays if line.units)
    orders = [PreviewOrder("", left, order.total - sum((s.gross for group in shares for s in group), Decimal(0)))]
    for wanted, group in zip(groups, shares, strict=True):
        lines = tuple(PreviewLine(s.line.line_no, s.line.sku, s.piece.units, s.gross) for s in group)
        orders.append(PreviewOrder(wanted.label, lines, sum((s.gross for s in group), Decimal(0))))
    return tuple(orders)
