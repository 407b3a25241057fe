"""Checks a document against its kind and against everything around it. All problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, has_errors
from low_code.expressions import (
    BOOL,
    DATE,
    DATETIME,
    MONEY,
    NUMBER,
    STRING,
    Checked,
    CheckResult,
    Subject,
    Type,
    check,
    reads,
    sentence,
    uses,
)
from low_code.registry.addresses import Reference, address
from low_code.registry.annotations import Annotated, annotated_values
from low_code.registry.budget import used_too_much
from low_code.registry.configuration import Configuration
from low_code.registry.kind import Kind
from low_code.registry.structure import structure_problems
from low_code.registry.testing import run_tests

UNKNOWN_DOCUMENT = N_("There is no {kind} “{key}” in this configuration.")
UNKNOWN_TERM = N_("“{value}” is not one of: {options}.")
UNKNOWN_OUTSIDE = N_("“{value}” is not known here ({set}).")
UNKNOWN_FIELD = N_("There is no field “{path}” here.")
UNKNOWN_KIND = N_("There is no kind of document called “{kind}”.")
NO_PARAMS = N_("“{term}” takes no settings.")
NO_SUBJECT = N_("Conditions cannot be used here.")

EXPRESSION_TYPES: Mapping[str, Type] = {
    "bool": BOOL,
    "number": NUMBER,
    "money": MONEY,
    "string": STRING,
    "date": DATE,
    "datetime": DATETIME,
}


def check_document(kind_name: str, key: str, body: Any, configuration: Configuration) -> list[Diagnostic]:
    """Everything that is wrong with one document, in the light of all others. Structure comes first: where it
    is wrong, nothing else can be said."""
    kind = configuration.registry.kinds.get(kind_name)
    if kind is None:
        return [Diagnostic(pointer="", code="kind_unknown", message=UNKNOWN_KIND, facts={"kind": kind_name})]
    problems = structure_problems(kind.validator, body) or used_too_much(body, configuration)
    if problems:
        return problems
    problems = [problem for found in _annotated(kind, body) for problem in _said(found, kind, key, body, configuration)]
    problems = _once(problems + kind.check(key, body, configuration))
    return problems if has_errors(problems) else problems + run_tests(kind, key, body, configuration)


def check_configuration(configuration: Configuration) -> dict[str, list[Diagnostic]]:
    """The problems of every document that has any, by address."""
    found = {}
    for name, body in sorted(configuration.documents.items()):
        kind, _, key = name.partition("/")
        if problems := check_document(kind, key, body, configuration):
            found[name] = problems
    return found


def references_of(kind_name: str, key: str, body: Any, configuration: Configuration) -> list[Reference]:
    """Which documents this one needs, and where it says so. A tenant's field that an expression reads is one."""
    kind = configuration.registry.kinds[kind_name]
    found = set()
    readable = not used_too_much(body, configuration)  # else it is never published, and what it names is enough
    for at in _annotated(kind, body):
        if (target := at.schema.get("x-ref")) and isinstance(at.value, str):
            found.add(Reference(kind_name, key, at.pointer, target, at.value))
        if "x-expression" in at.schema:
            for name in uses(at.value):
                if name in configuration.named_expressions:
                    found.add(Reference(kind_name, key, at.pointer, configuration.named_expressions[name][0], name))
        subject = _subject_of(at, kind, key, body, configuration) if readable else None
        for path in _paths_read(at, subject):
            defined = configuration.tenant_fields.get((subject.name, path)) if subject else None
            if defined and defined[1][:2] != (kind_name, key):
                found.add(Reference(kind_name, key, at.pointer, *defined[1]))
    if kind.references is not None:
        found.update(kind.references(key, body, configuration))
    return sorted(found)


def all_references(configuration: Configuration) -> list[Reference]:
    """The references of all documents whose kind and structure are right."""
    found: list[Reference] = []
    for name, body in sorted(configuration.documents.items()):
        kind, _, key = name.partition("/")
        known = configuration.registry.kinds.get(kind)
        if known is not None and known.validator.is_valid(body):
            found += references_of(kind, key, body, configuration)
    return found


def check_expression(expression: Any, subject: Subject, type_name: str, pointer: str = "") -> CheckResult:
    """An expression of a document, against its subject and the type that is wanted ("any" takes all)."""
    return check(expression, subject, EXPRESSION_TYPES.get(type_name), pointer=pointer)


def checked_expression(expression: Any, subject: Subject, type_name: str = "bool") -> Checked:
    """An expression of a document that was published, so its check has passed before."""
    result = check_expression(expression, subject, type_name)
    assert result.checked is not None, result.problems
    return result.checked


def expression_sentence(expression: Any, subject: Subject, locale: str) -> str:
    """An expression in words; "" where it does not check."""
    result = check(expression, subject)
    return sentence(result.checked, locale) if result.checked else ""


def _annotated(kind: Kind, body: Any) -> Iterator[Annotated]:
    return annotated_values(kind.schema, body)


def _subject_of(at: Annotated, kind: Kind, key: str, body: Any, configuration: Configuration) -> Subject | None:
    if "x-expression" not in at.schema and "x-field" not in at.schema:
        return None
    name = str(at.schema.get("x-expression", {}).get("subject") or kind.subject(key, body, configuration))
    return configuration.subject(name) if name in configuration.registry.subjects else None


def _paths_read(at: Annotated, subject: Subject | None) -> frozenset[str]:
    if subject is None:
        return frozenset()
    if "x-field" in at.schema:
        return frozenset({str(at.value)})
    result = check(at.value, subject)
    return reads(result.checked) if result.checked else frozenset()


def _said(at: Annotated, kind: Kind, key: str, body: Any, configuration: Configuration) -> Iterator[Diagnostic]:
    schema, value, pointer = at.schema, at.value, at.pointer
    if (target := schema.get("x-ref")) and address(target, value) not in configuration.documents:
        facts = {"kind": target, "key": value}
        yield Diagnostic(pointer=pointer, code="reference_unknown", message=UNKNOWN_DOCUMENT, facts=facts)
    if (words := schema.get("x-vocabulary")) and value not in configuration.registry.vocabulary(words):
        options = ", ".join(configuration.registry.vocabulary(words).terms)
        facts = {"value": value, "options": options}
        yield Diagnostic(pointer=pointer, code="term_unknown", message=UNKNOWN_TERM, facts=facts)
    if "x-params" in schema:
        yield from _params_problems(at, kind, configuration)
    if (outside := schema.get("x-outside")) and value not in configuration.outside.get(outside, (value,)):
        facts = {"value": value, "set": outside}
        yield Diagnostic(pointer=pointer, code="outside_unknown", message=UNKNOWN_OUTSIDE, facts=facts)
    if "x-expression" in schema or "x-field" in schema:
        yield from _language_problems(at, _subject_of(at, kind, key, body, configuration))


def _language_problems(at: Annotated, subject: Subject | None) -> Iterator[Diagnostic]:
    if subject is None:
        yield Diagnostic(pointer=at.pointer, code="no_subject", message=NO_SUBJECT)
    elif "x-expression" in at.schema:
        wanted = at.schema["x-expression"].get("type", "any")
        yield from check_expression(at.value, subject, wanted, at.pointer).problems
    elif at.value not in subject.all_fields():
        facts = {"path": at.value}
        yield Diagnostic(pointer=at.pointer, code="unknown_field", message=UNKNOWN_FIELD, facts=facts)


def _params_problems(at: Annotated, kind: Kind, configuration: Configuration) -> Iterator[Diagnostic]:
    """The settings of a term, against the schema that the domain registered with it."""
    sibling = at.schema["x-params"]
    term = configuration.registry.term(sibling["vocabulary"], at.parent.get(sibling["of"]))
    if term is None:
        return
    if term.params is None:
        if at.value:
            yield Diagnostic(pointer=at.pointer, code="no_params", message=NO_PARAMS, facts={"term": term.id})
        return
    validator = jsonschema_rs.Draft202012Validator(dict(term.params))
    for problem in structure_problems(validator, at.value):
        yield problem.under(at.pointer)


def _once(problems: list[Diagnostic]) -> list[Diagnostic]:
    """Each finding once, in the order found: a value may stand under two schema nodes that say the same."""
    seen: dict[tuple[str, str, str], Diagnostic] = {}
    for problem in problems:
        seen.setdefault((problem.pointer, problem.code, str(problem.facts)), problem)
    return list(seen.values())
