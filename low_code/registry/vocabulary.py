"""Closed sets of words that documents may use: hold types, channels, sourcing strategies and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Labels = Mapping[str, str]  # locale ("en", "zh-CN") -> text


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a vocabulary.

    params  JSON Schema of the settings that go with it, an object; None: it takes none
    facts   what the domain wants to find again at the word (the type of a price output, say)
    """

    id: str
    labels: Labels
    params: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def label(self, locale: str) -> str:
        return self.labels.get(locale) or self.labels.get("en") or self.id


class Vocabulary:
    """A named closed set of terms, in the order in which editors list them."""

    __slots__ = ("labels", "name", "terms")

    def __init__(self, name: str, labels: Labels, terms: list[Term]) -> None:
        self.name = name
        self.labels = labels
        self.terms: Mapping[str, Term] = {term.id: term for term in terms}

    def __contains__(self, term_id: object) -> bool:
        return term_id in self.terms
