"""Which paths of expressions lead to values that somebody does not see whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.definition import Access, FieldDefinition, Roles
from low_code.kinds.fields.mask import DOTS
from low_code.registry import Configuration, DocumentUnknown
from low_code.traces import Restricted


def restricted_paths(documents: Iterable[Configuration], roles: Roles) -> Restricted | None:
    """What a trace shows these roles instead of a value; None where they see everything.

    documents  the configurations by whose fields the decision was made and is read: who reads must see the whole value
               by each that has the field. A field that none of them has is shown to nobody.
    """
    if roles is None:
        return None
    fields: dict[str, list[FieldDefinition]] = {}
    prefixes: set[str] = set()
    for configuration in documents:
        for entity in configuration.registry.entities.values():
            found = _fields(configuration, entity.key)
            for mount in {prefix for _subject, prefix in entity.mounts}:
                prefixes.add(mount + ".")
                for key, field in (found.fields if found else {}).items():
                    fields.setdefault(f"{mount}.{key}", []).append(field)

    def restricted(path: str) -> Any:
        prefix = next((one for one in prefixes if path.startswith(one)), None)
        if prefix is None:
            return None
        key, _, below = path.removeprefix(prefix).partition(".")
        held = fields.get(prefix + key, [])
        if not held:
            return _nothing
        least = min(held, key=lambda one: one.access(roles).value)
        access = least.access(roles)
        if access is Access.FULL:
            return None
        if access is Access.NONE:
            return _nothing
        return _dots if below else lambda value: _masked(least, value, roles)

    return restricted


def _nothing(_value: Any) -> None:
    return None


def _dots(value: Any) -> Any:
    return None if value is None else DOTS


def _masked(field: FieldDefinition, value: Any, roles: Roles) -> Any:
    """Long texts stand in traces without their end, of which a mask may show something."""
    return DOTS if isinstance(value, str) and value.endswith("…") else field.seen_as(value, roles)


def _fields(configuration: Configuration, entity: str) -> EntityFields | None:
    try:
        compiled: EntityFields = configuration.compiled("fields", entity)
    except DocumentUnknown:
        return None
    return compiled
