"""A named condition, ready to ask; others take its document and check it in their own place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from low_code.expressions import Environment, compile_closure, explainer
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """holds: of values and a moment; explain: the tree of values behind its answer"""

    key: str
    holds: Callable[[Mapping[str, Any], Environment], bool]
    explain: Callable[[Mapping[str, Any], Environment], dict[str, Any]]


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> Condition:
    checked = checked_expression(body["when"], configuration.subject(body["subject"]))
    return Condition(key=key, holds=compile_closure(checked), explain=explainer(checked))


def named_expression(body: Mapping[str, Any]) -> Any:
    return body["when"]
