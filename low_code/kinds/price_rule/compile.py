"""A price rule, ready to run over one line or, through `rules.table_sql`, over many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.kinds.tables import DocumentTable, compile_embedded
from low_code.registry import Configuration


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> DocumentTable:
    subject = configuration.subject(configuration.registry.kind_subjects["price_rule"])
    return compile_embedded(key, body, subject, configuration.document_used("price_rule", key))
