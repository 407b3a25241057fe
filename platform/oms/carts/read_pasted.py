"""Reads "SKU quantity" lines as people paste them, and the same out of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import BinaryIO

from oms.carts.check_rows import MOST_ROWS, TypedRow
from oms.carts.errors import FileHasNoRows, TooManyRows
from oms.mass.read_file import is_blank, read_rows

_TABLE = re.compile(r"[\t;；]")
_LOOSE = re.compile(r"[\s,，、]+")
_NAMES = {
    "sku": {"sku", "code", "barcode", "article", "item", "ean", "货号", "商品编码", "条码", "编码", "商品"},
    "quantity": {"quantity", "qty", "amount", "pieces", "数量", "订购数量"},
    "unit": {"unit", "uom", "pack", "单位"},
}
_LONGEST = 80


def read_pasted(text: str) -> list[TypedRow]:
    """One row a line: SKU, quantity (1 where there is none), unit; parted by tab, semicolon, comma or space.

    raises TooManyRows
    """
    return _rows(_split(line) for line in text.splitlines() if line.strip())


def read_uploaded(file: BinaryIO, name: str) -> list[TypedRow]:
    """Rows of a CSV or XLSX file; columns are known by their headers, else by their order.

    raises FileUnreadable, TooManyRows, FileHasNoRows
    """
    rows = _rows(islice((row for row in read_rows(file, name) if not is_blank(row)), MOST_ROWS + 2))
    if not rows:
        raise FileHasNoRows()
    return rows


def _split(line: str) -> list[str]:
    parted = _TABLE.split(line) if _TABLE.search(line) else _LOOSE.split(line.strip().strip(",，、"))
    return [cell.strip() for cell in parted]


def _rows(cells: Iterable[Sequence[str]]) -> list[TypedRow]:
    given = list(cells)
    columns = {"sku": 0, "quantity": 1, "unit": 2}
    if given and (found := _header(given[0])):
        columns, given = found, given[1:]
    if len(given) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    rows = [
        TypedRow(
            sku=_cell(row, columns.get("sku")),
            quantity=_cell(row, columns.get("quantity")) or "1",
            unit=_cell(row, columns.get("unit")),
        )
        for row in given
    ]
    return [row for row in rows if row.sku]


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    """Where the columns stand, if these cells are headers."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        for name, words in _NAMES.items():
            if cell.strip().lower() in words:
                found.setdefault(name, index)
    return found if "sku" in found else None


def _cell(row: Sequence[str], index: int | None) -> str:
    return row[index][:_LONGEST] if index is not None and index < len(row) else ""
