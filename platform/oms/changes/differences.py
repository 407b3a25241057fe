"""Two versions of an order side by side: what a person would say has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.changes.errors import VersionNotFound
from oms.orders.read_order import read_order

_VERSIONS = """
SELECT version, cause, content, at, actor FROM order_versions
WHERE tenant_id = %(tenant)s AND order_id = %(order)s ORDER BY version
"""
_HEAD = ("status", "ship_to", "bill_to", "requested_on", "buyer_note", "tags", "net_total", "tax_total", "total")
_OF_LINE = ("sku", "ordered", "unit_price", "net", "gross")


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    cause: str
    content: Mapping[str, Any]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Difference:
    """what   a field of the order, or of a line
    line      number of the line; None: of the order itself
    before, after  plain JSON values; None: it was not there
    """

    what: str
    line: int | None
    sku: str
    before: Any
    after: Any


def versions_of(work: Work, order_id: UUID) -> tuple[Version, ...]:
    """All versions that were kept, oldest first. Raises OrderNotFound where the order is out of reach."""
    read_order(work, order_id, with_history=False)
    rows = work.rows(_VERSIONS, {"tenant": work.tenant_id, "order": order_id})
    return tuple(Version(row.version, row.cause, row.content, row.at, row.actor) for row in rows)


def version_difference(work: Work, order_id: UUID, before: int, after: int) -> tuple[Difference, ...]:
    """Raises OrderNotFound, VersionNotFound."""
    known = {version.number: version for version in versions_of(work, order_id)}
    for number in (before, after):
        if number not in known:
            raise VersionNotFound(version=number)
    return differences(known[before].content, known[after].content)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What is different, the order's own fields first, then line by line."""
    found = [
        Difference(name, None, "", before.get(name), after.get(name))
        for name in _HEAD
        if before.get(name) != after.get(name)
    ]
    was = {line["id"]: line for line in before.get("lines", ())}
    now = {line["id"]: line for line in after.get("lines", ())}
    for key in [*was, *(key for key in now if key not in was)]:
        one, other = was.get(key), now.get(key)
        shown = other or one
        assert shown is not None
        if one is None or other is None:
            quantities = (one["ordered"] if one else None, other["ordered"] if other else None)
            found.append(Difference("line", shown["line_no"], shown["sku"], *quantities))
            continue
        found += [
            Difference(name, shown["line_no"], shown["sku"], one[name], other[name])
            for name in _OF_LINE
            if one[name] != other[name]
        ]
    return tuple(found)
