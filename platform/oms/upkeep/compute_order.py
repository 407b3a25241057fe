"""Computes the fields of an order and of its lines anew, from one another and from the order as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.db import Work
from low_code.expressions import Environment
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.compute import fill_and_compute
from low_code.kinds.fields.known import Known
from oms.fields.judge_values import entity_fields
from oms.fields.known import find_known

_MOST_PASSES = 6


def compute_order(
    work: Work, custom: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The values with everything computed anew; what people entered stays.

    values  {"order": …} as `order_values` reads it; its lines in the order of `lines`
    """
    fields, line_fields = entity_fields(work, "order"), entity_fields(work, "order_line")
    kept, kept_lines = dict(custom), [dict(line) for line in lines]
    if not _computes(fields) and not _computes(line_fields):
        return kept, kept_lines
    known = find_known(work, "order", fields.wanted(kept)) if fields and _computes(fields) else Known()
    lines_known = Known()
    if line_fields and _computes(line_fields):
        lines_known = find_known(work, "order_line", {one for line in kept_lines for one in line_fields.wanted(line)})
    moment = Environment(now=work.now, today=work.today)
    for _ in range(_MOST_PASSES):
        before = (dict(kept), [dict(line) for line in kept_lines])
        around = {**values["order"], "cf": kept}
        around["lines"] = [{**line, "cf": own} for line, own in zip(around["lines"], kept_lines, strict=True)]
        if fields:
            compute_row(fields, kept, {"order": around}, moment, known)
        if line_fields:
            for line, own in zip(around["lines"], kept_lines, strict=True):
                row = {"order": {**around, "cf": kept}, "line": line}
                compute_row(line_fields, own, row, moment, lines_known)
        if before == (kept, kept_lines):
            break
    return kept, kept_lines


def compute_row(
    fields: EntityFields, kept: dict[str, Any], row: Mapping[str, Any], moment: Environment, known: Known
) -> None:
    """Computes one row's fields in place."""
    fill_and_compute(fields, kept, row=row, moment=moment, known=known, emptied=frozenset(), defaults=False)


def _computes(fields: EntityFields | None) -> bool:
    return fields is not None and fields.computes
