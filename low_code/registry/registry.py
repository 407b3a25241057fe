"""The domain's words, registered once at start-up and never changed after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from low_code.expressions import Subject
from low_code.registry.kind import Kind
from low_code.registry.vocabulary import Labels, Term, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Something that a tenant may give fields of its own.

    key      also the key of its `fields` document: "order_line"
    subject  what the conditions of its fields are written over
    home     where its values lie in that subject: "line.cf"
    mounts   every (subject, prefix) where expressions read them, `home` included
    table    the table whose column `custom` keeps the values; None where nothing is kept
    indexed  the table has slots and search columns (`low_code.field_index`)
    """

    key: str
    labels: Labels
    subject: str
    home: str
    mounts: tuple[tuple[str, str], ...]
    table: str | None = None
    indexed: bool = False


class Registry:
    """Subjects, entities, vocabularies and kinds of this installation. Immutable.

    kind_subjects  for kinds whose documents do not name one: the subject of their expressions
    """

    __slots__ = ("entities", "kind_subjects", "kinds", "subjects", "vocabularies")

    def __init__(
        self,
        *,
        kinds: Mapping[str, Kind],
        subjects: Iterable[Subject] = (),
        entities: Iterable[Entity] = (),
        vocabularies: Iterable[Vocabulary] = (),
        kind_subjects: Mapping[str, str] | None = None,
    ) -> None:
        self.kinds: Mapping[str, Kind] = MappingProxyType(dict(kinds))
        self.subjects: Mapping[str, Subject] = MappingProxyType({subject.name: subject for subject in subjects})
        self.entities: Mapping[str, Entity] = MappingProxyType({entity.key: entity for entity in entities})
        self.vocabularies: Mapping[str, Vocabulary] = MappingProxyType({words.name: words for words in vocabularies})
        self.kind_subjects: Mapping[str, str] = MappingProxyType(dict(kind_subjects or {}))
        for entity in self.entities.values():
            for subject, _ in ((entity.subject, entity.home), *entity.mounts):
                if subject not in self.subjects:
                    raise ValueError(f"{entity.key} is mounted on the unknown subject {subject}")
        for kind, subject in self.kind_subjects.items():
            if subject not in self.subjects:
                raise ValueError(f"{kind} speaks of the unknown subject {subject}")

    def vocabulary(self, name: str) -> Vocabulary:
        """The vocabulary; an empty one where the domain registered none of this name."""
        return self.vocabularies.get(name) or Vocabulary(name, {}, [])

    def term(self, vocabulary: str, term_id: str) -> Term | None:
        return self.vocabulary(vocabulary).terms.get(term_id)


_installed: Registry | None = None


def install(registry: Registry) -> None:
    """Makes `registry` the one of this process. The composition root calls it once."""
    global _installed
    _installed = registry


def installed() -> Registry:
    """The registry of this process; a start-up that forgot `install` is a bug."""
    assert _installed is not None, "install(Registry(...)) runs at start-up"
    return _installed
