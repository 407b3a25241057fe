"""Rules that are found by their id; their conditions are about an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.diagnostics import Diagnostic
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    return "order"


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    return repeated_ids(body["rules"], "/rules")
