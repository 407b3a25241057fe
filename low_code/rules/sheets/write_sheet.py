"""A table's rows as an XLSX file that people can work on in a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter

from kernel.i18n import N_, translate
from low_code.expressions import sentence
from low_code.expressions.types import KIND_NAMES
from low_code.rules.model import Input, Output
from low_code.rules.sheets.cell_text import test_text, value_text
from low_code.rules.sheets.columns import SheetColumns

SHEET, HELP = "rows", "help"
COMMENT = "#"  # rows that begin with it are for people
FIRST_ROW = 3  # of the table's rows, as spreadsheets count

ROW_ID = N_("Row's id; leave it as it is. A new row needs none.")
TESTED = N_("{what} ({type})")
GIVEN = N_("gives {name} ({type})")
FROM, TO, NOTE = N_("first day"), N_("last day"), N_("note")
_HOW = (
    ("", N_("anything")),
    ("5", N_("equal to this value")),
    ("a, b", N_("one of these")),
    ("not(a, b)", N_("none of these")),
    (">= 5", N_("at least; also >, <, <=")),
    ("[0..5)", N_("from 0, below 5; square brackets include the end, round ones do not")),
    ("empty", N_("no value; not empty: any value")),
    ('"a, b"', N_("a text with a comma, a quote or a sign in it stands in quotes")),
    ("8.00 CNY", N_("an amount of money")),
    ("2026-01-31", N_("a day")),
    ('{"*": [{"var": "line.quantity"}, 2]}', N_("a result may be an expression")),
)


def write_sheet(body: Mapping[str, Any], columns: SheetColumns, locale: str) -> bytes:
    """An XLSX file: one row per row of the table below two locked rows of headings, and how cells are written."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8ECF1", "locked": True})
        said = book.add_format({"italic": True, "text_wrap": True, "valign": "top", "locked": True})
        free = book.add_format({"locked": False, "num_format": "@"})
        sheet = book.add_worksheet(SHEET)
        headings = columns.headings()
        sheet.set_column(0, len(headings) - 1, 18, free)
        sheet.set_row(1, 45)
        for number, (name, words) in enumerate(zip(headings, _words(columns, locale), strict=True)):
            sheet.write_string(0, number, name, head)
            sheet.write_string(1, number, words, said)
        for at, row in enumerate(body.get("rows", ())):
            for number, text in enumerate(_texts(row, columns)):
                if text:
                    sheet.write_string(FIRST_ROW - 1 + at, number, text, free)
        sheet.freeze_panes(2, 1)
        allowed = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter")
        sheet.protect("", dict.fromkeys(allowed, True))
        _write_help(book, locale)
    return file.getvalue()


def _words(columns: SheetColumns, locale: str) -> list[str]:
    def tested(column: Input) -> str:
        what = sentence(column.checked, locale)
        return translate(TESTED, locale, {"what": what, "type": translate(KIND_NAMES[column.type.kind], locale)})

    def given(column: Output) -> str:
        return translate(GIVEN, locale, {"name": column.name, "type": translate(KIND_NAMES[column.type.kind], locale)})

    inputs, outputs = map(tested, columns.inputs), map(given, columns.outputs)
    last = [translate(words, locale) for words in (FROM, TO, NOTE)]
    return [f"{COMMENT} {translate(ROW_ID, locale)}", *inputs, *outputs, *last]


def _texts(row: Mapping[str, Any], columns: SheetColumns) -> list[str]:
    when, then = row.get("when", {}), row.get("then", {})
    inputs = [test_text(when.get(column.id), column.type) for column in columns.inputs]
    outputs = [value_text(then[column.id], column.type) if column.id in then else "" for column in columns.outputs]
    return [row["id"], *inputs, *outputs, *(row.get(name) or "" for name in ("from", "to", "note"))]


def _write_help(book: Any, locale: str) -> None:
    sheet = book.add_worksheet(HELP)
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 70)
    for at, (example, words) in enumerate(_HOW):
        sheet.write_string(at, 0, example)
        sheet.write_string(at, 1, translate(words, locale))
