"""All documents that are in force together: what a release holds, or what it would hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kernel.errors import NotFound
from kernel.i18n import N_
from low_code.expressions import FieldSpec, Subject
from low_code.registry.addresses import Reference, address, split_address
from low_code.registry.registry import Registry
from low_code.traces import DocumentUsed


class DocumentUnknown(NotFound):
    code = "document_unknown"
    message = N_("There is no {kind} “{key}” in this configuration.")


@dataclass(frozen=True, slots=True)
class Pinned:
    """A document of an earlier release under which something still runs, and what it names."""

    release: int
    reference: Reference


class Configuration:
    """The documents of one release by address, compiled one by one as they are asked for.

    documents  "kind/key" -> body; never changed after
    hashes     "kind/key" -> content hash; {} for a configuration that is only being checked
    release    its number; 0 where it is only being checked
    previous   what is in force now, while this one is being checked; None otherwise
    outside    names that live outside the configuration ("roles": their keys); an absent set is not checked
    pinned     what documents of earlier releases name, where something still runs under them
    """

    def __init__(
        self,
        registry: Registry,
        documents: Mapping[str, Any],
        *,
        hashes: Mapping[str, str] | None = None,
        release: int = 0,
        previous: Configuration | None = None,
        outside: Mapping[str, frozenset[str]] | None = None,
        pinned: Sequence[Pinned] = (),
    ) -> None:
        self.registry = registry
        self.documents = documents
        self.hashes = hashes or {}
        self.release = release
        self.previous = previous
        self.outside = outside or {}
        self.pinned = tuple(pinned)
        self._compiled: dict[str, Any] = {}
        self._subjects: dict[str, Subject] = {}

    def body(self, kind: str, key: str) -> Any | None:
        """The document, or None."""
        return self.documents.get(address(kind, key))

    def sound_body(self, kind: str, key: str) -> Mapping[str, Any] | None:
        """The document if its structure is right: a check of one document may look into others only so."""
        body = self.body(kind, key)
        found = self.registry.kinds.get(kind)
        return body if body is not None and found is not None and found.validator.is_valid(body) else None

    def keys(self, kind: str) -> list[str]:
        """Keys of all documents of a kind, sorted."""
        return sorted(key for found, key in map(split_address, self.documents) if found == kind)

    def compiled(self, kind: str, key: str) -> Any:
        """The compiled document. Twice is safe: two threads may both compile it and one result is kept.

        raises  DocumentUnknown
        """
        name = address(kind, key)
        if name not in self._compiled:
            if name not in self.documents:
                raise DocumentUnknown(kind=kind, key=key)
            compile_document = self.registry.kinds[kind].compile
            self._compiled[name] = compile_document(key, self.documents[name], self)
        return self._compiled[name]

    def document_used(self, kind: str, key: str) -> DocumentUsed:
        """How a trace names the document."""
        return DocumentUsed(kind=kind, key=key, hash=self.hashes.get(address(kind, key), ""), release=self.release)

    def subject(self, name: str) -> Subject:
        """A registered subject with the tenant's own fields, and the expressions that may be used by name.

        raises  KeyError where the domain registered no such subject
        """
        if name not in self._subjects:
            own = {path: spec for (subject, path), (spec, _) in self.tenant_fields.items() if subject == name}
            subject = self.registry.subjects[name]
            subject = subject.with_fields(own) if own else subject
            named = {key: expression for key, (_, expression) in self.named_expressions.items()}
            self._subjects[name] = subject.with_named(named) if named else subject
        return self._subjects[name]

    @cached_property
    def tenant_fields(self) -> Mapping[tuple[str, str], tuple[FieldSpec, tuple[str, str, str]]]:
        """(subject, path) -> the field there, and the (kind, key, member) that defines it."""
        found: dict[tuple[str, str], tuple[FieldSpec, tuple[str, str, str]]] = {}
        for name, body in self.documents.items():
            kind_name, key = split_address(name)
            kind = self.registry.kinds.get(kind_name)
            if kind is None or kind.extend_subjects is None or not kind.validator.is_valid(body):
                continue
            for subject, path, spec, member in kind.extend_subjects(key, body, self.registry):
                found[subject, path] = (spec, (kind_name, key, member))
        return found

    @cached_property
    def named_expressions(self) -> Mapping[str, tuple[str, Any]]:
        """Key -> the kind of the document that lends an expression by this key, and the expression, unchecked."""
        found: dict[str, tuple[str, Any]] = {}
        for name, body in self.documents.items():
            kind_name, key = split_address(name)
            kind = self.registry.kinds.get(kind_name)
            if kind is not None and kind.named_expression is not None and kind.validator.is_valid(body):
                found[key] = (kind_name, kind.named_expression(body))
        return found
