"""What the keys in decisions are called in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import current_locale
from low_code.documents.compiled import configuration
from oms.inventory.queries import list_locations
from tenants.access.queries import name_in

_PRICE_LISTS = "SELECT key, names FROM price_lists WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s)"


@dataclass(frozen=True, slots=True)
class Names:
    """document    ("approval_flow/big_orders", release) -> name; its key where it has none
    location    key -> name
    price_list  key -> name
    """

    document: Callable[[str, int], str]
    location: Mapping[str, str]
    price_list: Mapping[str, str]


def names_for(work: Work, decisions: Sequence[Any]) -> Names:
    locale, lists = current_locale(), _lists_in(decisions)
    found = work.rows(_PRICE_LISTS, {"tenant": work.tenant_id, "keys": sorted(lists)}) if lists else []
    return Names(
        document=partial(_document_name, work),
        location={row.key: name_in(row.names, locale) for row in list_locations(work)},
        price_list={row.key: name_in(row.names, locale) for row in found},
    )


def _document_name(work: Work, address: str, release: int) -> str:
    kind, _slash, key = address.partition("/")
    try:
        body = configuration(work, release).body(kind, key)
    except DomainError:
        return key
    names = body.get("name") if isinstance(body, Mapping) else None
    return (name_in(names, current_locale()) if isinstance(names, Mapping) else "") or key


def _lists_in(decisions: Sequence[Any]) -> set[str]:
    traces = [each.trace for each in decisions if each.kind == "price" and isinstance(each.trace, Mapping)]
    lines = [line for trace in traces for line in trace.get("lines", ())]
    candidates = [each for line in lines for each in (line.get("winner"), *line.get("losers", ())) if each]
    return {str(each["list"]) for each in candidates if each.get("list")}
