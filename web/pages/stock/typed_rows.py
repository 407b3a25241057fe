"""Rows as people paste them from a spreadsheet, or send them as a CSV or Excel file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

from flask import request

from kernel.i18n import N_, _
from kernel.spreadsheets import SpreadsheetUnreadable, first_sheet
from web.http.forms import Form

MOST_ROWS = 5000
UNREADABLE = N_("This file could not be read. Send a CSV or Excel file of up to 5,000 rows.")
TOO_MANY = N_("These are more than 5,000 rows: send them in parts.")
NO_ROWS = N_("Paste at least one row, or choose a file.")


def typed_rows(form: Form, name: str, columns: int, *, heads: Sequence[str] = ("sku",)) -> list[list[str]]:
    """Rows of `columns` cells, empty ones at the end filled up; a fault goes to the form.

    name   of the text field; a file comes as `<name>_file` and goes before the text
    heads  a first row whose first cell is one of these (or the same in Chinese) is a heading and left out
    """
    sent = request.files.get(f"{name}_file")
    if sent is not None and sent.filename:
        content = sent.read()
        rows = _workbook(content) if content[:2] == b"PK" else _text(_decoded(content))
    else:
        rows = _typed(form.value(name))
    if rows is None:
        form.refuse_field(name, _(UNREADABLE))
        return []
    rows = [row for row in rows if any(cell for cell in row)]
    if rows and rows[0][0].strip().lower() in {*heads, *(_(head).lower() for head in heads), "sku", "商品编码"}:
        rows = rows[1:]
    if not rows:
        form.refuse_field(name, _(NO_ROWS))
    if len(rows) > MOST_ROWS:
        form.refuse_field(name, _(TOO_MANY))
        return []
    return [[*row, *[""] * columns][:columns] for row in rows]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _typed(text: str) -> list[list[str]] | None:
    """As pasted, or typed by hand: a line without the marks of the others is parted at its spaces."""
    rows = _text(text)
    return rows and [row[0].split() if sum(map(bool, row)) == 1 else row for row in rows if row]


def _text(text: str) -> list[list[str]] | None:
    """Columns are parted by tabs, else by semicolons, else by commas."""
    lines = text.replace("\x00", "").strip().splitlines()
    if len(lines) > MOST_ROWS + 1:
        return None
    head = lines[0] if lines else ""
    mark = next((each for each in ("\t", ";", ",") if each in head), "\t")
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)]
    except csv.Error:
        return None


def _workbook(content: bytes) -> list[list[str]] | None:
    try:
        return [
            [_cell(cell) for cell in row]
            for row in first_sheet(io.BytesIO(content), most_rows=MOST_ROWS + 1, most_columns=50)
        ]
    except SpreadsheetUnreadable:
        return None


def _cell(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def day_in(text: str) -> date | None:
    """None where it is no day of the form 2026-11-22 (or 2026/11/22)."""
    try:
        return date.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None


def names_in(text: str) -> tuple[str, ...]:
    """Serial numbers, parted by commas, blanks or lines."""
    for mark in (",", "，", ";", "\n", "\r", "\t"):
        text = text.replace(mark, " ")
    return tuple(text.split())
