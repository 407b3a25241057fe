"""Who reads whom: computed fields and defaults must not go in a circle, over all entities; and what a computed field
tells should not go to more people than what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions import reads
from low_code.kinds.fields.rollup import rollup_expression, rows_path
from low_code.registry import Configuration
from low_code.registry.checking import check_expression

CYCLE = N_("These fields are computed from one another in a circle: {cycle}.")
TELLS_MORE = N_("This is computed from “{source}”, which only {roles} may see; name those roles under “view” here too.")

Name = tuple[str, str]  # (entity, key)


def check_reads(
    entity: str, definitions: Sequence[Mapping[str, Any]], configuration: Configuration
) -> Iterator[Diagnostic]:
    documents: dict[str, Sequence[Mapping[str, Any]]] = {entity: definitions}
    for key in configuration.registry.entities:
        body = configuration.sound_body("fields", key)
        if key != entity and body is not None:
            documents[key] = body["fields"]
    graph = {
        (key, one["key"]): set(_read_by(key, one, configuration)) for key, fields in documents.items() for one in fields
    }
    yield from _cycles(entity, definitions, graph)
    known = {(key, one["key"]): one for key, fields in documents.items() for one in fields}
    for index, definition in enumerate(definitions):
        if definition["type"] in ("formula", "lookup", "rollup"):
            sources = graph[entity, definition["key"]] | set(looked_up(entity, definition, configuration))
            for source in sorted(sources):
                yield from _told(definition, known.get(source), f"/fields/{index}")


def _read_by(entity: str, definition: Mapping[str, Any], configuration: Configuration) -> Iterator[Name]:
    """Fields of tenants that the definition's default, formula, look-up or roll-up reads."""
    subject_name = configuration.registry.entities[entity].subject
    subject = configuration.subject(subject_name)
    expressions = [definition[word] for word in ("default_expr", "formula") if word in definition]
    lookup = definition.get("lookup", {})
    if "path" in lookup:
        expressions.append({"var": lookup["path"]})
    rollup = definition.get("rollup")
    if rollup and rows_path(rollup["of"], subject) and _is_readable(rollup, subject):
        expressions.append(rollup_expression(rollup, subject))
    for expression in expressions:
        checked = check_expression(expression, subject, "any").checked
        for path in sorted(reads(checked)) if checked else ():
            defined = configuration.tenant_fields.get((subject_name, path))
            if defined is not None:
                yield defined[1][1], defined[1][2]
    if "through" in lookup:
        yield entity, lookup["through"]


def _is_readable(rollup: Mapping[str, Any], subject: Any) -> bool:
    rows = rows_path(rollup["of"], subject)
    return rollup["of"] == rows or rollup["of"][len(rows) + 1 :] in subject.rows[rows]


def looked_up(entity: str, definition: Mapping[str, Any], configuration: Configuration) -> Iterator[Name]:
    """The tenant's field of another row that a look-up through a reference takes, if it takes one. It is a copy, so
    it closes no circle."""
    lookup = definition.get("lookup", {})
    if "through" not in lookup:
        return
    body = configuration.sound_body("fields", entity)
    through = next((one for one in body["fields"] if one["key"] == lookup["through"]), None) if body else None
    term = configuration.registry.term("reference_targets", str(through.get("to", ""))) if through else None
    if term is not None and str(lookup.get("field", "")).startswith("cf."):
        yield str(term.facts.get("entity", "")), lookup["field"].removeprefix("cf.")


def _cycles(
    entity: str, definitions: Sequence[Mapping[str, Any]], graph: Mapping[Name, set[Name]]
) -> Iterator[Diagnostic]:
    """One finding per document that takes part in a circle, at its first field there."""
    try:
        TopologicalSorter({name: needs & graph.keys() for name, needs in graph.items()}).prepare()
    except CycleError as error:
        circle: list[Name] = list(reversed(error.args[1]))
        mine = [index for index, one in enumerate(definitions) if (entity, one["key"]) in circle]
        if mine:
            said = " → ".join(key if of == entity else f"{of}.{key}" for of, key in circle)
            yield Diagnostic(pointer=f"/fields/{mine[0]}", code="cycle", message=CYCLE, facts={"cycle": said})


def _told(definition: Mapping[str, Any], source: Mapping[str, Any] | None, pointer: str) -> Iterator[Diagnostic]:
    if source is None or not (source.get("view") or source.get("mask")):
        return
    allowed, audience = set(source.get("view", ())), set(definition.get("view", ()))
    masked = set(source.get("mask", {}).get("roles", ()))
    if (allowed and (not audience or audience - allowed)) or (
        masked and not audience and not masked <= set(definition.get("mask", {}).get("roles", ()))
    ):
        facts = {"source": source["key"], "roles": ", ".join(sorted(allowed)) or "—"}
        yield Diagnostic(pointer=pointer, code="tells_more", message=TELLS_MORE, facts=facts, severity="warning")
