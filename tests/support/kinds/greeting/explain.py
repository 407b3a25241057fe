"""A greeting in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    return [f"{expression_sentence(body['when'], configuration.subject('order'), locale)}: {body['text']}"]
