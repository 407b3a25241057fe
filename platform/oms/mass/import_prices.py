"""Takes a file of price rows into one price list: every row is judged, and where one is at fault none is saved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from uuid import UUID

from kernel.db import Work
from oms.mass.errors import ColumnsMissing, FileEmpty, FileTooLong
from oms.mass.read_file import is_blank, read_rows
from oms.pricing.put_tiers import PRICE_INVALID, QUANTITY_INVALID, RowFault, Tier, put_tiers
from tenants.access.audit import audit

MOST_ROWS = 100_000
# Field -> headers that mean it, lower case.
COLUMNS = {
    "sku": ("sku", "code", "商品编码"),
    "from_quantity": ("from quantity", "from_quantity", "起订量", "数量起"),
    "unit_price": ("price", "unit price", "unit_price", "单价", "价格"),
    "unit": ("unit", "单位"),
    "floor_price": ("floor", "floor price", "floor_price", "底价"),
}


@dataclass(frozen=True, slots=True)
class PricesImported:
    """faults: each with its row in the file, the header being row 1; saved is 0 where there are any"""

    saved: int
    faults: tuple[RowFault, ...]


def import_prices(work: Work, list_id: UUID, key: str, file: BinaryIO, name: str) -> PricesImported:
    """At most 100,000 rows. Raises FileUnreadable, FileEmpty, FileTooLong, ColumnsMissing."""
    rows = read_rows(file, name)
    headers = [header.strip().lower() for header in next(rows, [])]
    at = {
        field: next((headers.index(alias) for alias in aliases if alias in headers), None)
        for field, aliases in COLUMNS.items()
    }
    missing = [field for field in ("sku", "unit_price") if at[field] is None]
    if missing:
        raise ColumnsMissing(fields=", ".join(missing), headers=", ".join(headers)[:500] or "-")
    tiers: list[Tier] = []
    lines: list[int] = []
    faults: list[RowFault] = []
    for number, row in enumerate(rows, start=2):
        if is_blank(row):
            continue
        if len(tiers) >= MOST_ROWS:  # a part would look like the whole
            raise FileTooLong(most=MOST_ROWS)
        cells = {name: row[place] if place is not None and place < len(row) else "" for name, place in at.items()}
        tier, wrong = _tier(cells, number)
        faults += wrong
        if tier is not None:
            tiers.append(tier)
            lines.append(number)
    if not tiers and not faults:
        raise FileEmpty()
    judged = put_tiers(work, list_id, tiers, write=not faults)
    faults += [RowFault(lines[each.row], each.field, each.code, each.message, each.value) for each in judged]
    if faults:
        return PricesImported(saved=0, faults=tuple(sorted(faults, key=lambda fault: fault.row)))
    audit(work, "price_list.import", "price_list", key, {"rows": (None, len(tiers))})
    return PricesImported(saved=len(tiers), faults=())


def _tier(cells: dict[str, str], row: int) -> tuple[Tier | None, list[RowFault]]:
    price, quantity = _number(cells["unit_price"]), _number(cells["from_quantity"] or "0")
    floor = _number(cells["floor_price"]) if cells["floor_price"] else None
    faults = []
    if price is None:
        faults.append(RowFault(row, "unit_price", "price_invalid", PRICE_INVALID, cells["unit_price"]))
    if quantity is None:
        faults.append(RowFault(row, "from_quantity", "quantity_invalid", QUANTITY_INVALID, cells["from_quantity"]))
    if cells["floor_price"] and floor is None:
        faults.append(RowFault(row, "floor_price", "price_invalid", PRICE_INVALID, cells["floor_price"]))
    if faults or price is None or quantity is None:
        return None, faults
    return Tier(cells["sku"], price, quantity, cells["unit"] or None, floor), []


def _number(text: str) -> Decimal | None:
    """As spreadsheets write it, thousands separators and all; None where it is none."""
    try:
        number = Decimal(text.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 40 else None
