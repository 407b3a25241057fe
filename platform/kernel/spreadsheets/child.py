"""Run as a script in a process of its own: an XLSX file on stdin, its first sheet on stdout, a JSON line per row.

A file of one kilobyte with two cells far apart makes the reader ask for the whole area between them, and the process
that cannot have it is aborted. That process is this one. It imports nothing of the product, so that it starts quickly.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook


def main(memory_bytes: int, cpu_seconds: int, place: str) -> None:
    """The first line is [height, width]. What cannot be read ends with a sentence on stderr and status 3."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    except MemoryError:
        raise
    except Exception as error:  # whatever it is: there is nothing to be read, and the caller says so
        sys.stderr.write(str(error)[:200])
        sys.exit(3)
    rows = sheet.iter_rows() if place == "used" else sheet.to_python(skip_empty_area=False)
    height, width = (end + 1 for end in sheet.end or (-1, -1))
    print(json.dumps([height, width]))
    for row in rows:
        print(json.dumps([_value(cell) for cell in row]))


def _value(cell: Any) -> Any:
    """JSON of a cell; what JSON has no form for under the name of its type."""
    match cell:
        case str() | bool() | float() | int():
            return cell
        case datetime() | date() | time():
            return {type(cell).__name__: cell.isoformat()}
        case timedelta():
            return {"timedelta": cell.total_seconds()}
        case _:
            return str(cell)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
