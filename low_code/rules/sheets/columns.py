"""What the columns of a table's sheet are, from the document alone: rows may still be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.diagnostics import Diagnostic
from low_code.expressions import Subject
from low_code.rules.check import check_table
from low_code.rules.model import Input, Output


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """The columns that are tested and those that are given, in the order of the table.

    subject  what output expressions may read
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    subject: Subject

    def headings(self) -> list[str]:
        """Of the first row, as programs know them."""
        tested = [f"when {column.id}" for column in self.inputs]
        given = [f"then {column.id}" for column in self.outputs]
        return ["id", *tested, *given, "from", "to", "note"]


def sheet_columns(body: Mapping[str, Any], subject: Subject) -> tuple[SheetColumns | None, tuple[Diagnostic, ...]]:
    """The columns of a table's body, or why there are none to speak of."""
    bare = {**body, "key": "sheet", "rows": [], "tests": [], "on_none": "default"}
    found = check_table(bare, subject)
    if found.table is None:
        return None, found.problems
    return SheetColumns(found.table.inputs, found.table.outputs, subject), ()
