"""A form on its way: what was typed stays, and each refusal stands beside its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import request

from kernel.errors import DomainError
from web.http.errors import status_of
from web.http.problems import said


@dataclass(slots=True)
class Form:
    """values   field -> what was typed, all values of the field in their order
    errors   field -> sentence, in the reader's language
    message  what belongs to no field
    status   of the page that shows it: 200, or that of the refusal
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""
    status: int = 200

    @staticmethod
    def of(**values: str | Sequence[str] | None) -> Form:
        """A form that shows what is there now."""
        shown: dict[str, list[str]] = {}
        for name, value in values.items():
            shown[name] = [value] if isinstance(value, str) else list(value or ())
        return Form(values=shown)

    @staticmethod
    def sent() -> Form:
        """What the request carries."""
        return Form(values={name: list(values) for name, values in request.form.lists()})

    def value(self, name: str, default: str = "") -> str:
        found = self.values.get(name)
        return found[0] if found else default

    def values_of(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def checked(self, name: str) -> bool:
        """Whether a single checkbox was ticked."""
        return bool(self.values.get(name))

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    @property
    def refused(self) -> bool:
        return self.status >= 400

    def refuse(self, error: DomainError, fields: Mapping[str, str] | None = None) -> Form:
        """Takes a refusal up. Problems go to the field that their pointer names ("/name"), the error itself to the
        field that `fields` has for its code, and what is left stands above the form."""
        self.status = status_of(error)
        for problem in error.problems:
            self.errors.setdefault(problem.pointer.split("/")[1], said(problem.message, problem.facts))
        target = (fields or {}).get(error.code)
        if target:
            self.errors.setdefault(target, said(error.message, error.facts))
        elif not error.problems:
            self.message = said(error.message, error.facts)
        return self

    def refuse_field(self, name: str, sentence: str) -> Form:
        """`sentence` is in the reader's language already."""
        self.status = 422
        self.errors.setdefault(name, sentence)
        return self
