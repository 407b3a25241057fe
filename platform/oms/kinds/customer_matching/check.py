"""Rules that are found by their id; there are no conditions in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.diagnostics import Diagnostic
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    return None


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    return repeated_ids(body["rules"], "/rules")
