"""What a check of a document has to say, one kind of value for every kind of document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kernel.errors import Problem
from kernel.i18n import N_, translate

Severity = Literal["error", "warning"]

# Facts that name types of the language. They are words, so a sentence says them in the reader's language.
_WORDS = ("expected", "got")
OR = N_(" or ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding at one place. An error stops a document from being published, a warning asks for a tick.

    pointer   RFC 6901 JSON pointer into the document that was checked ("" is the whole)
    code      stable, for programs
    message   English template with `{name}` holes
    facts     what fills the holes of `message` and `hint`; plain JSON values
    hint      English template that says how to mend it; "" where the message says enough
    severity  "error" or "warning"
    """

    pointer: str
    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    severity: Severity = "error"

    def under(self, prefix: str) -> Diagnostic:
        """The same finding, seen from a document that holds this one at the pointer `prefix`."""
        return replace(self, pointer=prefix + self.pointer)

    def sentence(self, locale: str) -> str:
        """Message and hint in `locale`, holes filled."""
        facts = {name: _word(value, locale) if name in _WORDS else value for name, value in self.facts.items()}
        said = translate(self.message, locale, facts)
        return f"{said} {translate(self.hint, locale, facts)}" if self.hint else said

    def problem(self) -> Problem:
        """The finding as one of the problems of an `Invalid` request; the hint is left behind."""
        return Problem(pointer=self.pointer, code=self.code, message=self.message, facts=self.facts)


def _word(value: Any, locale: str) -> Any:
    if not isinstance(value, str):
        return value
    return translate(OR, locale).join(translate(word, locale) for word in value.split(OR))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them stops the document."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def pointer_to(*steps: str | int) -> str:
    """The JSON pointer made of `steps`; `~` and `/` are escaped as RFC 6901 says.

    >>> pointer_to("/", 0)
    '/~1/0'
    """
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
