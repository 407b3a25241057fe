"""Names in a bundle that live outside the configuration (roles, people): which are unknown here, what they become."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from low_code.registry import Kind, installed
from low_code.registry.annotations import Annotated, annotated_values

Mapped = Mapping[str, Mapping[str, str]]  # {"roles": {"sales_lead": "sales"}}


def unknown_names(
    documents: Mapping[str, Any], outside: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, list[str]]]:
    """{set: {name: places}} of every name that is not in its set; a place is "/kind/key" and the pointer behind it.

    documents  bodies as `canonical_body` keeps them; one of a wrong structure is looked at as far as it can be
    """
    unknown: dict[str, dict[str, list[str]]] = {}
    for name, at in _outside(documents):
        of = at.schema["x-outside"]
        if isinstance(at.value, str) and at.value not in outside.get(of, (at.value,)):
            places = unknown.setdefault(of, {}).setdefault(at.value, [])
            if (place := f"/{name}{at.pointer}") not in places:
                places.append(place)
    return unknown


def mapped_documents(documents: Mapping[str, Any], mapping: Mapped) -> dict[str, Any]:
    """The documents with each name of `mapping` replaced, wherever it stands for something of its set."""
    changed: dict[str, Any] = dict(documents)
    for name, at in list(_outside(documents)):
        wanted = mapping.get(at.schema["x-outside"], {}).get(at.value) if isinstance(at.value, str) else None
        if wanted:
            if changed[name] is documents[name]:
                changed[name] = copy.deepcopy(documents[name])
            _put(changed[name], at.pointer, wanted)
    return changed


def _outside(documents: Mapping[str, Any]) -> Iterator[tuple[str, Annotated]]:
    for name, body in documents.items():
        kind: Kind | None = installed().kinds.get(name.partition("/")[0])
        if kind is not None and isinstance(body, Mapping):
            for at in annotated_values(kind.schema, body):
                if "x-outside" in at.schema:
                    yield name, at


def _put(body: Any, pointer: str, value: str) -> None:
    *above, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    at = body
    for step in above:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[int(last) if isinstance(at, list) else last] = value
