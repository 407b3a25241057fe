"""An XLSX file back into rows of a table. Nothing is taken from a file in which one cell is wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

from kernel.i18n import N_, translate
from kernel.spreadsheets import SpreadsheetTooLarge, SpreadsheetUnreadable, first_sheet
from low_code.diagnostics import Diagnostic
from low_code.expressions import check
from low_code.expressions.instants import parse_date
from low_code.expressions.types import KIND_NAMES, Type
from low_code.rules.read_table import MAX_ROWS, TWIN_ID
from low_code.rules.sheets.cell_text import Unreadable, read_output, read_test
from low_code.rules.sheets.columns import SheetColumns
from low_code.rules.sheets.write_sheet import COMMENT

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_FAULTS = 200
SECONDS = 5

NOT_A_SHEET = N_("This file is no XLSX spreadsheet.")
TOO_LARGE = N_("This file is too large for a table of {rows} rows.")
NO_COLUMN = N_("The column “{heading}” is missing from the first row.")
STRANGE_COLUMN = N_("The table has no column “{heading}”; columns are added in the document.")
TWICE = N_("The column “{heading}” stands there twice.")
BAD_TEST = N_("“{text}” is no test of {expected}.")
BAD_VALUE = N_("“{text}” is not {expected}.")
BAD_DAY = N_("“{text}” is no day such as 2026-01-31.")
TOO_MANY_ROWS = N_("A table holds at most {rows} rows.")


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing that is wrong, and where. cell: "C7"; "" is the file as a whole"""

    cell: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, locale: str) -> str:
        facts = {name: translate(value, locale) if name == "expected" else value for name, value in self.facts.items()}
        return translate(self.message, locale, facts)


@dataclass(frozen=True, slots=True)
class SheetRead:
    """rows: as the document holds them, None where there are faults; at most 200 of these are told"""

    rows: list[dict[str, Any]] | None
    faults: tuple[CellFault, ...] = ()


def read_sheet(data: bytes, columns: SheetColumns, locale: str = "en") -> SheetRead:
    """The rows of the first sheet. A row without an id gets one; the two rows of headings and empty rows are none."""
    cells, fault = _cells(data)
    if fault:
        return SheetRead(None, (fault,))
    reader = _Reader(columns, locale)
    rows = reader.read(cells)
    return SheetRead(None, tuple(reader.faults[:MAX_FAULTS])) if reader.faults else SheetRead(rows)


def _cells(data: bytes) -> tuple[list[list[Any]], CellFault | None]:
    too_large = CellFault("", TOO_LARGE, {"rows": MAX_ROWS})
    if len(data) > MAX_BYTES:
        return [], too_large
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                return [], too_large
        return list(first_sheet(io.BytesIO(data), most_rows=MAX_ROWS * 2, most_columns=1000, seconds=SECONDS)), None
    except SpreadsheetTooLarge:
        return [], too_large
    except (SpreadsheetUnreadable, zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return [], CellFault("", NOT_A_SHEET)


class _Reader:
    def __init__(self, columns: SheetColumns, locale: str) -> None:
        self.faults: list[CellFault] = []
        self._columns = columns
        self._locale = locale
        self._places: dict[str, int] = {}

    def read(self, cells: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        self._find_columns([_text(cell) for cell in cells[0]] if cells else [])
        if self.faults:
            return []
        rows: list[dict[str, Any]] = []
        for number, row in enumerate(cells[1:], start=2):
            texts = [_text(cell) for cell in row]
            if any(texts) and not texts[self._places["id"]].startswith(COMMENT):
                rows.append(self._row(texts, number))
        if len(rows) > MAX_ROWS:
            self._fault(0, 1, TOO_MANY_ROWS, rows=MAX_ROWS)
        self._name(rows)
        return [{key: value for key, value in row.items() if key != "_at"} for row in rows]

    def _find_columns(self, headings: list[str]) -> None:
        known = self._columns.headings()
        for place, heading in enumerate(headings):
            if heading in self._places:
                self._fault(place, 1, TWICE, heading=heading)
            elif heading in known:
                self._places[heading] = place
            elif heading:
                self._fault(place, 1, STRANGE_COLUMN, heading=heading[:60])
        for heading in known:
            if heading not in self._places:
                self.faults.append(CellFault("", NO_COLUMN, {"heading": heading}))

    def _row(self, texts: list[str], number: int) -> dict[str, Any]:
        row: dict[str, Any] = {"_at": number, "id": texts[self._places["id"]], "when": {}, "then": {}}
        for tested in self._columns.inputs:
            place = self._places[f"when {tested.id}"]
            test = self._read(read_test, texts[place], tested.type, place, number, BAD_TEST)
            if test is not None:
                row["when"][tested.id] = test
        for given in self._columns.outputs:
            place = self._places[f"then {given.id}"]
            if texts[place]:
                row["then"][given.id] = self._output(texts[place], given.type, place, number)
        for name in ("from", "to"):
            if text := texts[self._places[name]]:
                row[name] = self._day(text, self._places[name], number)
        if note := texts[self._places["note"]]:
            row["note"] = note
        return row

    def _read(self, read: Any, text: str, kind: Type, place: int, number: int, message: str) -> Any:
        try:
            return read(text, kind)
        except Unreadable:
            self._fault(place, number, message, text=text[:60], expected=KIND_NAMES[kind.kind])
            return None

    def _output(self, text: str, kind: Type, place: int, number: int) -> Any:
        document = self._read(read_output, text, kind, place, number, BAD_VALUE)
        if isinstance(document, dict) and text.startswith("{"):
            for problem in check(document, self._columns.subject, kind).problems:
                self._say(place, number, problem)
        return document

    def _day(self, text: str, place: int, number: int) -> str:
        if parse_date(text) is None:
            self._fault(place, number, BAD_DAY, text=text[:60])
        return text

    def _name(self, rows: list[dict[str, Any]]) -> None:
        seen: set[str] = set()
        for row in rows:
            if row["id"] and row["id"] in seen:
                self._fault(self._places["id"], row["_at"], TWIN_ID, id=row["id"])
            seen.add(row["id"])
        free = (name for number in count(1) if (name := f"r{number}") not in seen)
        for row in rows:
            row["id"] = row["id"] or next(free)

    def _fault(self, place: int, number: int, message: str, **facts: Any) -> None:
        self.faults.append(CellFault(f"{_letters(place)}{number}", message, facts))

    def _say(self, place: int, number: int, problem: Diagnostic) -> None:
        self.faults.append(CellFault(f"{_letters(place)}{number}", "{said}", {"said": problem.sentence(self._locale)}))


def _text(cell: Any) -> str:
    """A cell as it would be typed. Numbers are binary fractions there; the shortest text of one is what was typed."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime | date):
        text = cell.isoformat()
        return text.removesuffix("T00:00:00")
    return str(cell).strip().replace("\0", "")


def _letters(place: int) -> str:
    """0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
