"""The first sheet of an XLSX file, read by a child process with little memory and little time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO

Cell = str | bool | float | int | date | datetime | time | timedelta

MEMORY_BYTES = 1024**3
_CHILD = Path(__file__).with_name("child.py")
_CHUNK_BYTES = 1024 * 1024
_REASON_BYTES = 1000
_OTHERS: Mapping[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


class SpreadsheetUnreadable(Exception):
    """No spreadsheet, or one that would take more memory or time than it may."""


class SpreadsheetTooLarge(SpreadsheetUnreadable):
    """Its last cell lies beyond what was asked for."""


def first_sheet(
    file: BinaryIO,
    *,
    from_used: bool = False,
    most_rows: int | None = None,
    most_columns: int | None = None,
    seconds: int = 30,
    memory_bytes: int = MEMORY_BYTES,
) -> Iterator[list[Cell]]:
    """The rows from A1 on, one after the other, all of one width; an empty cell is "".

    from_used     columns before the first that is used are left out
    most_rows     and most_columns: down to the last cell, from A1
    seconds       of processor time, and twice that of waiting, until the child is killed
    memory_bytes  of its address space
    raises        SpreadsheetUnreadable, SpreadsheetTooLarge; also while rows are being read
    """  # fmt: skip
    command = [sys.executable, "-I", str(_CHILD), str(memory_bytes), str(seconds), "used" if from_used else "all"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}
    ) as child:
        watch = Timer(2 * seconds, child.kill)
        watch.daemon = True
        watch.start()
        try:
            _send(file, child)
            yield from _rows(child, most_rows, most_columns)
        finally:
            watch.cancel()
            child.kill()


def _send(file: BinaryIO, child: subprocess.Popen[bytes]) -> None:
    """The child reads all before it says a word, so neither waits for the other."""
    assert child.stdin is not None
    with suppress(BrokenPipeError):
        while chunk := file.read(_CHUNK_BYTES):
            child.stdin.write(chunk)
    with suppress(BrokenPipeError):
        child.stdin.close()


def _rows(child: subprocess.Popen[bytes], most_rows: int | None, most_columns: int | None) -> Iterator[list[Cell]]:
    assert child.stdout is not None and child.stderr is not None
    first = child.stdout.readline()
    if not first.endswith(b"\n"):
        said = child.stderr.read(_REASON_BYTES).decode(errors="replace") if child.wait() == 3 else ""
        raise SpreadsheetUnreadable(said)
    height, width = json.loads(first)
    if (most_rows is not None and height > most_rows) or (most_columns is not None and width > most_columns):
        raise SpreadsheetTooLarge
    for _ in range(height):
        line = child.stdout.readline()
        if not line.endswith(b"\n"):
            raise SpreadsheetUnreadable("")
        yield [_cell(value) for value in json.loads(line)]


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        ((name, told),) = value.items()
        return _OTHERS[name](told)
    return value
