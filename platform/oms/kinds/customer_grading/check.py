"""Rules that are found by their id; their conditions are about a customer and its figures. A rule gives something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

GIVES_NOTHING = N_("The rule gives neither a grade nor a tag.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    return "graded_customer"


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    empty = [
        Diagnostic(pointer=f"/rules/{at}", code="gives_nothing", message=GIVES_NOTHING)
        for at, rule in enumerate(body["rules"])
        if "grade" not in rule and not rule.get("tags")
    ]
    return [*repeated_ids(body["rules"], "/rules"), *empty]
