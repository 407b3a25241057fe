"""Defaults and computed fields of one row, each after what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from low_code.expressions import Environment
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.known import Known
from low_code.kinds.fields.readers import Unreadable
from low_code.kinds.fields.types import kept_form

if TYPE_CHECKING:
    from low_code.kinds.fields.compile import EntityFields


def fill_and_compute(
    fields: EntityFields,
    kept: dict[str, Any],
    *,
    row: Mapping[str, Any],
    moment: Environment,
    known: Known | None,
    emptied: frozenset[str],
    defaults: bool,
) -> None:
    """Completes `kept` in place, in the order in which fields read one another.

    known     what references name; None leaves look-ups through references as they are
    emptied   keys that were emptied on purpose: no default fills them
    defaults  False where only computed fields are wanted
    """
    for key in fields.order:
        field = fields.fields[key]
        if field.compute is not None or field.lookup is not None:
            _compute(fields, field, kept, row, moment, known)
        elif defaults and not field.retired and key not in kept and key not in emptied:
            value = field.default
            if field.fill is not None:
                value = _readable(field, field.fill(place(row, fields.home, kept), moment))
            if value is not None:
                kept[key] = value


def _compute(
    fields: EntityFields,
    field: FieldDefinition,
    kept: dict[str, Any],
    row: Mapping[str, Any],
    moment: Environment,
    known: Known | None,
) -> None:
    if field.compute is not None:
        value = kept_form(field.compute(place(row, fields.home, kept), moment), field.kept_as, field.scale)
    else:
        assert field.lookup is not None
        code = kept.get(field.lookup.through)
        if code is not None and known is None:
            return
        found = known.find(field.lookup.target, code) if known is not None and code is not None else None
        value = found.get(field.lookup.field) if found else None
    value = _readable(field, value)
    if value is None:
        kept.pop(field.key, None)
    else:
        kept[field.key] = value


def _readable(field: FieldDefinition, value: Any) -> Any:
    """What an expression gave, as a value of the field; None where it is none."""
    if value is None or value == "" or value == []:
        return None
    try:
        return field.read(kept_form(value, field.kept_as, field.scale))
    except Unreadable:
        return None


def place(row: Mapping[str, Any], path: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`row` with `values` at the dotted path; only the mappings on the way are copied."""
    name, _, rest = path.partition(".")
    inner = row.get(name)
    below = place(inner if isinstance(inner, Mapping) else {}, rest, values) if rest else values
    return {**row, name: below}
