"""What is computed for one field: that the expression gives what the field holds, and the look-up finds something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions import FieldSpec, Kind, Subject
from low_code.expressions.types import KIND_NAMES, fits
from low_code.kinds.fields.rollup import rollup_expression, rows_path
from low_code.kinds.fields.types import expression_type, specs_of, value_type
from low_code.registry import Configuration
from low_code.registry.checking import check_expression
from low_code.registry.registry import Entity

WRONG_RESULT = N_("This gives {got}; wanted is {expected}.")
ONE_WAY = N_("A look-up names either a path, or a reference field (through) and a field of what it refers to.")
NOT_A_REFERENCE = N_("“{key}” is not a reference field of this document.")
NO_SUCH_FIELD = N_("What “{key}” refers to has no field “{field}”.")
NOT_ONE_VALUE = N_("“{path}” is of child rows; take a roll-up.")
NOT_OF_ROWS = N_("“{path}” does not lie in child rows.")
NOT_ADDED = N_("“{path}” cannot be taken together that way.")
_SUMMED = frozenset({Kind.NUMBER, Kind.MONEY})
_RANKED = _SUMMED | {Kind.DATE, Kind.DATETIME}


def check_computed(
    definition: Mapping[str, Any],
    pointer: str,
    entity: Entity,
    definitions: Sequence[Mapping[str, Any]],
    configuration: Configuration,
) -> Iterator[Diagnostic]:
    subject = configuration.subject(entity.subject)
    for word in ("formula", "default_expr"):
        if word in definition:
            result = check_expression(definition[word], subject, "any")
            if result.checked is not None:
                yield from _gives(result.checked.type, definition, f"{pointer}/{word}")
    if definition["type"] == "lookup" and "lookup" in definition:
        yield from _lookup(definition, f"{pointer}/lookup", subject, definitions, configuration)
    if definition["type"] == "rollup" and "rollup" in definition:
        yield from _rollup(definition, f"{pointer}/rollup", subject)


def _gives(got: Any, definition: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    expected = expression_type(definition)
    if fits(got, expected) or (got.is_text and expected.kind is Kind.REF):
        return
    facts = {"got": KIND_NAMES[got.kind], "expected": KIND_NAMES[expected.kind]}
    yield Diagnostic(pointer=pointer, code="wrong_result", message=WRONG_RESULT, facts=facts)


def _lookup(
    definition: Mapping[str, Any],
    pointer: str,
    subject: Subject,
    definitions: Sequence[Mapping[str, Any]],
    configuration: Configuration,
) -> Iterator[Diagnostic]:
    asked = definition["lookup"]
    if asked.keys() not in ({"path"}, {"through", "field"}):
        yield Diagnostic(pointer=pointer, code="lookup_one_way", message=ONE_WAY)
    elif "path" in asked:
        if rows_path(asked["path"], subject):
            facts = {"path": asked["path"]}
            yield Diagnostic(pointer=f"{pointer}/path", code="not_one_value", message=NOT_ONE_VALUE, facts=facts)
        elif asked["path"] in subject.fields:
            yield from _gives(subject.fields[asked["path"]].type, definition, f"{pointer}/path")
    else:
        through = next((one for one in definitions if one["key"] == asked["through"]), None)
        if through is None or through["type"] != "reference" or "to" not in through:
            facts = {"key": asked["through"]}
            yield Diagnostic(pointer=f"{pointer}/through", code="not_a_reference", message=NOT_A_REFERENCE, facts=facts)
            return
        spec = target_fields(through["to"], configuration).get(asked["field"])
        if spec is None:
            facts = {"key": asked["through"], "field": asked["field"]}
            yield Diagnostic(pointer=f"{pointer}/field", code="field_unknown", message=NO_SUCH_FIELD, facts=facts)
        else:
            yield from _gives(spec.type, definition, f"{pointer}/field")


def target_fields(target: str, configuration: Configuration) -> dict[str, FieldSpec]:
    """What a look-up may take of a reference target: its own fields, and the tenant's ("cf.<key>")."""
    term = configuration.registry.term("reference_targets", target)
    if term is None:
        return {}
    found: dict[str, FieldSpec] = dict(term.facts.get("fields", {}))
    body = configuration.sound_body("fields", str(term.facts.get("entity", "")))
    for definition in body["fields"] if body else ():
        if definition["type"] not in ("address", "sub_table", "section"):
            found |= dict(specs_of(definition, f"cf.{definition['key']}"))
    return found


def _rollup(definition: Mapping[str, Any], pointer: str, subject: Subject) -> Iterator[Diagnostic]:
    of, op = definition["rollup"]["of"], definition["rollup"]["op"]
    rows = rows_path(of, subject)
    spec = subject.rows.get(rows, {}).get(of[len(rows) + 1 :])
    if not rows or (spec is None and not (op == "count" and of == rows)):
        yield Diagnostic(pointer=f"{pointer}/of", code="not_of_rows", message=NOT_OF_ROWS, facts={"path": of})
        return
    if op != "count" and spec is not None and spec.type.kind not in (_SUMMED if op == "sum" else _RANKED):
        yield Diagnostic(pointer=f"{pointer}/of", code="not_added", message=NOT_ADDED, facts={"path": of})
        return
    result = check_expression(rollup_expression(definition["rollup"], subject), subject, "any")
    if result.checked is not None and value_type(definition):
        yield from _gives(result.checked.type, definition, f"{pointer}/of")
