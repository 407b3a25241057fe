"""Configuration for tests of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from oms.configuration import install_domain, publish_bundle, starter_documents


def publish_defaults(work: Work, changes: Mapping[str, Any] | None = None) -> int:
    """Puts what a new tenant starts with in force, with whole documents of `changes` ("kind/key" -> body) instead
    or besides. Returns the release's number."""
    install_domain()
    return publish_bundle(work, {**starter_documents(), **(changes or {})}, notes="test")


def an_order_type(**changes: Any) -> dict[str, Any]:
    """The document of an order type: prices from lists, credit held above the limit, stock promised at once."""
    return {
        "name": {"en": "B2B standard", "zh-CN": "标准订货"},
        "channels": ["portal", "console", "api"],
        "numbering": "standard",
        "review_rules": "standard",
        "allocation_rule": "standard",
        "credit": {"policy": "hold", "check_at": ["place"]},
        "tax": {"prices_include_tax": False},
        "rounding": {"level": "line", "mode": "half_up"},
        "allow_backorder": True,
        "auto_allocate": True,
        **changes,
    }
