"""Tables out to a spreadsheet and back: nothing is lost, and what does not parse is told at its cell."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from low_code.expressions import Checked, canonical
from low_code.rules import Hit
from low_code.rules.sheets import SheetColumns, SheetRead, read_sheet, sheet_columns, write_sheet

from ..order_subject import SUBJECT
from .test_tables_at_random import random_table, read

TABLE: dict[str, Any] = {
    "hit": "F",
    "inputs": [
        {"id": "channel", "expr": {"var": "order.channel"}},
        {"id": "total", "expr": {"var": "order.total"}},
        {"id": "due", "expr": {"var": "order.due_on"}},
        {"id": "note", "expr": {"var": "order.note"}},
        {"id": "owed", "expr": {"var": "order.owed"}},
        {"id": "gift", "expr": {"var": "order.gift"}},
    ],
    "outputs": [{"id": "fee", "type": "money"}, {"id": "say", "type": "string", "default": "-"}],
    "rows": [
        {
            "id": "first",
            "when": {
                "channel": {"in": ["tmall", "shop"]}, "total": {"ge": "0", "lt": "5"}, "due": {"gt": "2026-01-31"},
                "note": {"not_in": ["a, b", 'say "x"']}, "owed": {"le": {"money": ["8.00", "CNY"]}}, "gift": {"eq": True},
            },
            "then": {"fee": {"money": ["8.00", "CNY"]}, "say": ">= 5"},
            "from": "2026-01-01", "to": "2026-12-31", "note": "until the new contract",
        },
        {"id": "rest", "when": {"note": {"is_null": False}, "due": {"is_null": True}},
         "then": {"fee": {"*": [{"money": ["1.50", "CNY"]}, {"var": "order.total"}]}, "say": None}},
    ],
}  # fmt: skip


def columns_of(body: dict[str, Any]) -> SheetColumns:
    columns, problems = sheet_columns(body, SUBJECT)
    assert columns, problems
    return columns


def cells(data: bytes) -> list[list[Any]]:
    found: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    return found


def changed(body: dict[str, Any], edits: dict[tuple[int, int], Any]) -> bytes:
    """The sheet of a table with some cells (row and column from 0) written over, as a person would."""
    file = io.BytesIO()
    rows = cells(write_sheet(body, columns_of(body), "en"))
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, edits.pop((r, c), value))
        for (r, c), value in edits.items():
            sheet.write(r, c, value)
    return file.getvalue()


def told(found: SheetRead) -> list[tuple[str, str]]:
    assert found.rows is None
    return [(fault.cell, fault.sentence("en")) for fault in found.faults]


def test_a_table_comes_back_as_it_went_out() -> None:
    columns = columns_of(TABLE)

    found = read_sheet(write_sheet(TABLE, columns, "zh-CN"), columns)

    assert found.faults == ()
    assert found.rows == TABLE["rows"]


def test_cells_are_written_as_people_read_them() -> None:
    header, words, first, rest = cells(write_sheet(TABLE, columns_of(TABLE), "en"))

    assert header[:4] == ["id", "when channel", "when total", "when due"]
    assert words[2] == "order total (a number)"
    assert first[1:7] == ["tmall, shop", "[0..5)", "> 2026-01-31", 'not("a, b", "say ""x""")', "<= 8.00 CNY", "true"]
    assert first[8] == '">= 5"'
    assert rest[3:5] == ["empty", "not empty"]


@pytest.mark.parametrize("hit", Hit)
def test_random_tables_survive_the_way_out_and_back(hit: Hit) -> None:
    rng = random.Random(f"sheet {hit.value}")
    for _ in range(20):
        body = dict(read(random_table(rng, hit)).document)
        columns = columns_of(body)
        found = read_sheet(write_sheet(body, columns, "en"), columns)
        assert found.faults == (), (body, found.faults)
        again = read({**body, "rows": found.rows})
        before = read(body)
        assert [(row.id, row.cells, row.starts, row.ends) for row in again.rows] == [
            (row.id, row.cells, row.starts, row.ends) for row in before.rows
        ]
        assert [said(row.outputs) for row in again.rows] == [said(row.outputs) for row in before.rows]


def said(outputs: tuple[Any, ...]) -> list[Any]:
    return [canonical(value) if isinstance(value, Checked) else value for value in outputs]


def test_what_does_not_parse_is_told_at_its_cell_and_nothing_is_taken() -> None:
    sheet = changed(TABLE, {(2, 1): "tmal", (2, 2): "five", (3, 7): "8", (3, 9): "31.12.2026", (3, 0): "first"})

    assert told(read_sheet(sheet, columns_of(TABLE))) == [
        ("B3", "“tmal” is no test of an option."),
        ("C3", "“five” is no test of a number."),
        ("H4", "“8” is not an amount of money."),
        ("J4", "“31.12.2026” is no day such as 2026-01-31."),
        ("A4", "The id first is given twice."),
    ]


def test_an_expression_that_does_not_hold_is_told_at_its_cell() -> None:
    sheet = changed(TABLE, {(3, 7): '{"var": "order.nowhere"}'})

    ((cell, sentence),) = told(read_sheet(sheet, columns_of(TABLE)))

    assert cell == "H4"
    assert sentence.startswith("There is no field order.nowhere.")


def test_new_rows_get_ids_and_numbers_may_be_numbers() -> None:
    found = read_sheet(changed(TABLE, {(4, 2): 12.5, (4, 7): "1 CNY", (5, 2): 7, (5, 7): "2 CNY"}), columns_of(TABLE))

    assert found.rows is not None
    assert [(row["id"], row["when"]) for row in found.rows[2:]] == [
        ("r1", {"total": {"eq": "12.5"}}),
        ("r2", {"total": {"eq": "7"}}),
    ]


def test_columns_that_do_not_belong_are_named() -> None:
    sheet = changed(TABLE, {(0, 1): "when shop", (0, 2): "when due"})

    assert told(read_sheet(sheet, columns_of(TABLE))) == [
        ("B1", "The table has no column “when shop”; columns are added in the document."),
        ("D1", "The column “when due” stands there twice."),
        ("", "The column “when channel” is missing from the first row."),
        ("", "The column “when total” is missing from the first row."),
    ]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"id,when\n", b"\x00" * 100])
def test_what_is_no_spreadsheet_is_said_so(data: bytes) -> None:
    assert told(read_sheet(data, columns_of(TABLE))) == [("", "This file is no XLSX spreadsheet.")]


def test_a_file_that_unpacks_without_end_is_refused() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(4_200):
            sheet.write_string(row, 0, "x")

    ((cell, sentence),) = told(read_sheet(file.getvalue(), columns_of(TABLE)))

    assert (cell, sentence) == ("", "This file is too large for a table of 2000 rows.")


def test_a_formula_in_a_note_stays_a_text() -> None:
    body = {**TABLE, "rows": [{"id": "x", "when": {}, "then": {}, "note": '=HYPERLINK("http://evil")'}]}

    found = read_sheet(write_sheet(body, columns_of(body), "en"), columns_of(body))

    assert found.rows and found.rows[0]["note"] == '=HYPERLINK("http://evil")'
