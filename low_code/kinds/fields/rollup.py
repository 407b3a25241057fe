"""A roll-up in short is a formula over child rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.expressions import Subject

_OPERATORS: Mapping[str, str] = {"sum": "sum", "min": "min_of", "max": "max_of"}


def rows_path(path: str, subject: Subject) -> str:
    """The rows that `path` names or lies in; "" where there are none."""
    return next((rows for rows in subject.rows if path == rows or path.startswith(f"{rows}.")), "")


def rollup_expression(rollup: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    """The roll-up as an expression. `of` must lie in rows, as the check sees to.

    >>> from low_code.expressions import NUMBER, ROWS, FieldSpec
    >>> parcel = Subject("parcel", {"parcel.items": FieldSpec(ROWS), "parcel.items.qty": FieldSpec(NUMBER)})
    >>> rollup_expression({"op": "max", "of": "parcel.items.qty"}, parcel)
    {'max_of': [{'var': 'parcel.items'}, {'var': 'qty'}]}
    """
    of = rollup["of"]
    rows = rows_path(of, subject)
    within = of[len(rows) + 1 :]
    if rollup["op"] == "count":
        may_be_empty = bool(within) and subject.rows[rows][within].nullable
        counted = [{"!=": [{"var": within}, None]}] if may_be_empty else []
        return {"count": [{"var": rows}, *counted]}
    return {_OPERATORS[rollup["op"]]: [{"var": rows}, {"var": within}]}
