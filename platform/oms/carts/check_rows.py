"""Checks rows as buyers type, paste or upload them, before any of them goes into a cart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from oms.carts.cart import CHANNEL, CartLine
from oms.carts.errors import QuantityUnreadable, TooManyRows
from oms.carts.quantities import read_quantity
from oms.catalog.queries import find_skus
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.policy import OrderPolicy
from oms.placement.quote_order import QuotedLine, quote_order

MOST_ROWS = 1_000

SKU_UNKNOWN = N_("There is no SKU or barcode {sku}.")
QUANTITY_ZERO = N_("The quantity must be more than 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRow:
    """As typed. sku: a code or barcode; unit "" is the base unit, or the one that a barcode names"""

    sku: str
    quantity: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """A row with what was found. Rows that name the same SKU and unit have become one.

    line      what would go into the cart; None where the row has faults
    quoted    price, stock, units; None where the SKU is not known
    problems  what is wrong, each with a pointer to the column: "/sku", "/quantity" or "/unit"
    merged    how many typed rows it stands for
    """

    typed: TypedRow
    line: CartLine | None
    quoted: QuotedLine | None
    problems: tuple[Problem, ...]
    merged: int = 1


@dataclass(slots=True)
class _Group:
    typed: TypedRow
    code: str
    unit: str | None
    quantity: Decimal
    merged: int = 1


def check_rows(work: Work, customer_id: UUID, rows: Sequence[TypedRow], policy: OrderPolicy) -> list[CheckedRow]:
    """The rows in their order, duplicates added up to the first of them. Raises TooManyRows, CustomerUnknown."""
    if len(rows) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    tokens = sorted({variant for row in rows for variant in (row.sku, row.sku.upper()) if variant})
    known = find_skus(work, tokens) if tokens else {}
    placed: list[_Group | CheckedRow] = []
    groups: dict[tuple[str, str | None], _Group] = {}
    for row in rows:
        read = _read(row, known)
        if isinstance(read, _Group) and (read.code, read.unit) in groups:
            first = groups[read.code, read.unit]
            first.quantity += read.quantity
            first.merged += 1
            continue
        if isinstance(read, _Group):
            groups[read.code, read.unit] = read
        placed.append(read)
    checked = _quoted(work, customer_id, list(groups.values()), policy)
    return [checked[each.code, each.unit] if isinstance(each, _Group) else each for each in placed]


def _read(row: TypedRow, known: Mapping[str, Any]) -> _Group | CheckedRow:
    found = known.get(row.sku) or known.get(row.sku.upper())
    if found is None:
        return _refused(row, Problem("/sku", "sku_unknown", SKU_UNKNOWN, {"sku": row.sku[:80]}))
    try:
        quantity = read_quantity(row.quantity)
    except QuantityUnreadable as error:
        return _refused(row, Problem("/quantity", error.code, error.message, error.facts))
    if not quantity:
        return _refused(row, Problem("/quantity", "quantity_not_positive", QUANTITY_ZERO))
    unit = row.unit.strip() or found.unit
    return _Group(row, found.code, None if unit == found.base_unit else unit, quantity)


def _refused(row: TypedRow, problem: Problem) -> CheckedRow:
    return CheckedRow(typed=row, line=None, quoted=None, problems=(problem,))


def _quoted(
    work: Work, customer_id: UUID, groups: Sequence[_Group], policy: OrderPolicy
) -> dict[tuple[str, str | None], CheckedRow]:
    if not groups:
        return {}
    command = PlaceOrder(
        order_type=policy.key, channel=CHANNEL, customer_id=customer_id,
        lines=tuple(LineRequest(sku=each.code, quantity=each.quantity, unit=each.unit) for each in groups),
    )  # fmt: skip
    quote = quote_order(work, command, policy)
    return {
        (group.code, group.unit): _checked(group, quoted) for group, quoted in zip(groups, quote.lines, strict=True)
    }


def _checked(group: _Group, quoted: QuotedLine) -> CheckedRow:
    problems = tuple(
        Problem("/" + problem.pointer.split("/")[3], problem.code, problem.message, problem.facts)
        for problem in quoted.problems
    )
    line = CartLine(sku=group.code, quantity=group.quantity, unit=group.unit)
    typed = TypedRow(sku=group.code, quantity=f"{group.quantity:f}", unit=group.unit or "")
    return CheckedRow(
        typed=typed, line=None if problems else line, quoted=quoted, problems=problems, merged=group.merged
    )
