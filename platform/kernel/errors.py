"""Expected failures. A bug is an assertion and crashes; these are answers.

    DomainError
    ├── Invalid       the request cannot be right as it stands          (web: 422)
    ├── Forbidden     who asks may not do this                          (web: 403)
    ├── NotFound      there is nothing here for who asks                (web: 404)
    ├── Conflict      right in itself, but not with what is there now   (web: 409)
    └── Unavailable   nobody's fault; the same request may pass later   (web: 503, jobs: retry)

Only `web` maps the kind to a status and only `kernel.jobs` to retry or dead letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault at one place, said so that a person can mend it.

    pointer  RFC 6901 JSON pointer into what was sent ("" is the whole, "/lines/0/quantity" a field)
    code     stable, for programs
    message  English template with `{name}` holes; translated by `kernel.i18n`
    facts    what fills the holes; plain JSON values
    """

    pointer: str
    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class DomainError(Exception):
    """An expected failure with a stable `code`, a `message` template and the `facts` that fill it."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "This cannot be done."

    def __init__(self, *, problems: Sequence[Problem] = (), **facts: Any) -> None:
        self.facts: dict[str, Any] = facts
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.code)

    def __str__(self) -> str:
        try:
            return self.message.format(**self.facts)
        except (KeyError, IndexError):
            return f"{self.message} {self.facts}"


class Invalid(DomainError):
    code = "invalid"
    message = "Some of what was sent cannot be right."


class Forbidden(DomainError):
    code = "forbidden"
    message = "You may not do this."


class NotFound(DomainError):
    code = "not_found"
    message = "There is nothing here."


class Conflict(DomainError):
    code = "conflict"
    message = "This no longer fits what is there now."


class Unavailable(DomainError):
    code = "unavailable"
    message = "This cannot be done right now; the same request may pass later."
