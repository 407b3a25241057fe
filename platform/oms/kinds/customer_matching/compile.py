"""Matching rules, ready to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.registry import Configuration
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRule:
    """keys: phone, email, tax_number, name_postal; verdict: same or suspect"""

    id: str
    keys: tuple[str, ...]
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMatching:
    """The rules in use, in rank order."""

    key: str
    rules: tuple[MatchRule, ...]
    document: DocumentUsed


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> CustomerMatching:
    rules = tuple(
        MatchRule(id=rule["id"], keys=tuple(rule["keys"]), verdict=rule["verdict"])
        for rule in body["rules"]
        if rule.get("enabled", True)
    )
    return CustomerMatching(
        key=key, rules=rules, document=configuration.document_used("customer_matching", key)
    )  # fmt: skip
