"""A decision table in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.kinds.tables import explain_embedded
from low_code.registry import Configuration


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    return explain_embedded(body, configuration.subject(body["subject"]), locale)
