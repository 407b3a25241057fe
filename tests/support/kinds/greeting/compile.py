"""A greeting, ready to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.expressions import Evaluate, compile_closure
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression


@dataclass(frozen=True, slots=True)
class Greeting:
    text: str
    holds: Evaluate


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> Greeting:
    return Greeting(body["text"], compile_closure(checked_expression(body["when"], configuration.subject("order"))))
