"""Reads a CSV or XLSX file as rows of text, one after the other, without holding it all."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from kernel.spreadsheets import SpreadsheetUnreadable, first_sheet
from oms.mass.errors import FileUnreadable

_SNIFF_BYTES = 65_536
_LONGEST_CELL = 4_000


def read_rows(file: BinaryIO, name: str) -> Iterator[list[str]]:
    """The rows, the header first; cells are stripped text.

    name    tells the format by its ending: .csv, .csv.gz, .txt, .tsv or .xlsx
    raises  FileUnreadable
    """
    lower = name.lower()
    if lower.endswith(".xlsx"):
        return _xlsx_rows(file)
    if lower.endswith((".csv.gz", ".tsv.gz")):
        return _csv_rows(cast(BinaryIO, gzip.open(file)))
    if PurePath(lower).suffix in {".csv", ".txt", ".tsv"}:
        return _csv_rows(file)
    raise FileUnreadable(kind="CSV, XLSX", reason=PurePath(name).suffix or name)


def _csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    head = file.read(_SNIFF_BYTES)
    encoding = _encoding(head)
    rest = io.BufferedReader(_Chained(head, file))
    text = io.TextIOWrapper(rest, encoding=encoding, newline="")
    try:
        for row in csv.reader(text, delimiter=_delimiter(head.decode(encoding, errors="replace"))):
            yield [cell.strip()[:_LONGEST_CELL].replace("\0", "") for cell in row]
    except (UnicodeDecodeError, csv.Error, OSError, EOFError) as error:
        raise FileUnreadable(kind="CSV", reason=str(error)) from None


def _encoding(head: bytes) -> str:
    """UTF-8 with or without mark; else GB18030, which spreadsheets in China write."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        head[: len(head) - 4 if len(head) == _SNIFF_BYTES else len(head)].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(head) - 8:
            return "gb18030"
    return "utf-8"


def _delimiter(head: str) -> str:
    header = head.split("\n", 1)[0]
    return max(",;\t|", key=header.count)


class _Chained(io.RawIOBase):
    """What was read already, then the rest of the file."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = head, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] if self._head else self._file.read(len(buffer))
        self._head = self._head[len(data) :] if self._head else b""
        buffer[: len(data)] = data
        return len(data)


def _xlsx_rows(file: BinaryIO) -> Iterator[list[str]]:
    try:
        for row in first_sheet(file, from_used=True):
            yield [_cell(cell)[:_LONGEST_CELL] for cell in row]
    except (SpreadsheetUnreadable, OSError) as error:
        raise FileUnreadable(kind="XLSX", reason=str(error)) from None


def _cell(value: Any) -> str:
    """A cell as it would be typed: whole numbers without a fraction, times as ISO."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value).strip().replace("\0", "")


def is_blank(row: Sequence[str]) -> bool:
    return not any(row)
