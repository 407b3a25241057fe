"""CSV files for spreadsheets: with the mark that makes them read UTF-8, and with no cell that could be a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Sequence[str]) -> str:
    """One line; a cell that a spreadsheet would take for a formula gets an apostrophe, a plain number does not."""
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def safe_cell(cell: str) -> str:
    """
    >>> safe_cell("=1+1"), safe_cell("-5.20"), safe_cell("TEA-250")
    ("'=1+1", '-5.20', 'TEA-250')
    """
    is_number = cell[1:].replace(".", "", 1).isdecimal()
    return f"'{cell}" if cell.startswith(_FORMULA) and not is_number else cell


def csv_response(lines: Iterable[str], file_name: str) -> Response:
    """Sends the lines as they come."""

    def marked() -> Iterator[str]:
        yield _MARK
        yield from lines

    response = Response(marked(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response.headers["X-Accel-Buffering"] = "no"
    return response
