"""The table, and a subject that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.tables import check_embedded
from low_code.registry import Configuration

UNKNOWN_SUBJECT = N_("A table cannot be about “{subject}”.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    """A table names its own subject."""
    return str(body["subject"])


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    if body["subject"] not in configuration.registry.subjects:
        facts = {"subject": body["subject"]}
        return [Diagnostic(pointer="/subject", code="subject_unknown", message=UNKNOWN_SUBJECT, facts=facts)]
    return check_embedded(key, body, configuration.subject(body["subject"]))
