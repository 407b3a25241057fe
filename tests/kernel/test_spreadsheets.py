"""A spreadsheet of a stranger is read in a process of its own: whatever it holds, ours goes on."""

from __future__ import annotations

import io
from datetime import date, datetime, time

import pytest
import xlsxwriter

from kernel.spreadsheets import SpreadsheetTooLarge, SpreadsheetUnreadable, first_sheet
from tests.support.sheets import an_xlsx, two_far_cells


def written(cells: dict[tuple[int, int], object]) -> io.BytesIO:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        for (row, column), value in cells.items():
            sheet.write(row, column, value)
    return io.BytesIO(file.getvalue())


def test_cells_come_as_they_were_written() -> None:
    file = written({(0, 0): "a", (1, 1): 1.5, (2, 0): True, (2, 1): datetime(2026, 1, 31, 8, 30)})

    rows = list(first_sheet(file))

    assert rows == [["a", ""], ["", 1.5], [True, datetime(2026, 1, 31, 8, 30)]]


def test_columns_before_the_first_that_is_used_can_be_left_out() -> None:
    cells: dict[tuple[int, int], object] = {(1, 2): "x", (2, 3): "y"}

    assert list(first_sheet(written(cells))) == [["", "", "", ""], ["", "", "x", ""], ["", "", "", "y"]]
    assert [row for row in first_sheet(written(cells), from_used=True) if any(row)] == [["x", ""], ["", "y"]]


@pytest.mark.parametrize(("rows", "columns"), [(2, None), (None, 1)])
def test_a_sheet_beyond_what_was_asked_for_is_refused(rows: int | None, columns: int | None) -> None:
    with pytest.raises(SpreadsheetTooLarge):
        list(first_sheet(written({(2, 1): "x"}), most_rows=rows, most_columns=columns))


def test_two_cells_far_apart_end_the_child_and_not_us() -> None:
    with pytest.raises(SpreadsheetUnreadable):
        list(first_sheet(io.BytesIO(two_far_cells())))


def test_cells_without_places_that_make_a_large_area_end_the_child_and_not_us() -> None:
    wide = "<c><v>1</v></c>" * 40_000

    with pytest.raises(SpreadsheetUnreadable):
        list(first_sheet(io.BytesIO(an_xlsx(f"<row>{wide}</row>" + "<row><c><v>1</v></c></row>" * 40_000))))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"id,name\n1,2\n", b"\x00" * 3_000_000])
def test_what_is_no_spreadsheet_is_said(data: bytes) -> None:
    with pytest.raises(SpreadsheetUnreadable):
        list(first_sheet(io.BytesIO(data)))


def test_a_reader_may_stop_before_the_end() -> None:
    rows = first_sheet(written({(row, 0): row for row in range(30_000)}))

    assert next(rows) == [0]
    rows.close()  # type: ignore[attr-defined]


def test_other_kinds_of_cells_keep_their_type() -> None:
    file = written({(0, 0): date(2026, 1, 31), (0, 1): time(8, 30), (0, 2): "=1+1"})

    (row,) = first_sheet(file)

    assert str(row[0]).startswith("2026-01-31")
    assert not isinstance(row[1], dict)
