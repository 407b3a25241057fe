"""The one shape that all document kinds have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from low_code.diagnostics import Diagnostic
from low_code.expressions import Environment, FieldSpec

if TYPE_CHECKING:
    from low_code.registry.addresses import Reference
    from low_code.registry.configuration import Configuration
    from low_code.registry.registry import Registry

Body = Mapping[str, Any]
# (subject, path, what lies there, the member of the document that defines it)
SubjectFields = Sequence[tuple[str, str, FieldSpec, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a document is tried on.

    values   a subject's values, rooted as expressions read them
    options  what else a kind asks for, each in its `simulate`: the people of a flow, the number of a numbering
    """

    values: Mapping[str, Any]
    moment: Environment
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A document kind, read from its folder.

    schema     JSON Schema 2020-12 of the body; `x-` words say what the structure cannot (see `annotations`)
    validator  the schema, compiled
    check      what the schema cannot see; called only where the structure is right
    compile    the checked document as a frozen value that decides quickly
    explain    the document in plain sentences, one per rule or step
    simulate   one sample through the compiled document, as plain JSON: the outcome and its trace
    defaults   documents that a new tenant starts with, by key
    subject    the name of the subject that the expressions of a document are written over; None: it has none
    extend_subjects  fields that a document adds to subjects; None: it adds none
    named_expression  the expression that others may use by the document's key; None: it lends none
    references  what a document needs beyond what the schema's annotations say; None: nothing
    """

    name: str
    schema: Mapping[str, Any]
    validator: jsonschema_rs.Draft202012Validator
    check: Callable[[str, Body, Configuration], list[Diagnostic]]
    compile: Callable[[str, Body, Configuration], Any]
    explain: Callable[[str, Body, Configuration, str], list[str]]
    simulate: Callable[[Any, Sample], dict[str, Any]]
    defaults: Callable[[Registry], Mapping[str, Body]]
    subject: Callable[[str, Body, Configuration], str | None]
    extend_subjects: Callable[[str, Body, Registry], SubjectFields] | None
    named_expression: Callable[[Body], Any] | None = None
    references: Callable[[str, Body, Configuration], list[Reference]] | None = None

    def title(self, locale: str) -> str:
        return title_of(self.schema, locale) or self.name


def title_of(schema: Mapping[str, Any], locale: str) -> str:
    """The title of a schema node in `locale`, else in English, else ""."""
    chinese = schema.get("x-zh", {}).get("title", "")
    return (chinese if locale.startswith("zh") else "") or str(schema.get("title", ""))
