"""The expression itself is checked by its annotation; here only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.registry import Configuration

UNKNOWN_SUBJECT = N_("A condition cannot be about “{subject}”; it can be about: {options}.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    """A condition names its own subject."""
    return str(body["subject"])


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    known = configuration.registry.subjects
    if body["subject"] in known:
        return []
    facts = {"subject": body["subject"], "options": ", ".join(sorted(known))}
    return [Diagnostic(pointer="/subject", code="subject_unknown", message=UNKNOWN_SUBJECT, facts=facts)]
