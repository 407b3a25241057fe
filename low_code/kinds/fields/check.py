"""What a set of fields must keep to: so that values that exist stay readable, and new ones can be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.fields.check_computed import check_computed
from low_code.kinds.fields.check_kept import kept_promises
from low_code.kinds.fields.check_reads import check_reads
from low_code.kinds.fields.check_shape import check_shape, check_slots
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

UNKNOWN_ENTITY = N_("Nothing called “{entity}” can have fields of its own.")
UNKNOWN_GROUP = N_("There is no group “{group}”.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    """The conditions of a field are written over its entity's subject."""
    entity = configuration.registry.entities.get(key)
    return entity.subject if entity else None


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    definitions: Sequence[Mapping[str, Any]] = body["fields"]
    entity = configuration.registry.entities.get(key)
    if entity is None:
        facts = {"entity": key}
        return [Diagnostic(pointer="", code="entity_unknown", message=UNKNOWN_ENTITY, facts=facts)]
    found = repeated_ids(definitions, "/fields") + repeated_ids(definitions, "/fields", "key")
    found += repeated_ids(body.get("groups", ()), "/groups")
    groups = {group["id"] for group in body.get("groups", ())}
    for index, definition in enumerate(definitions):
        pointer = f"/fields/{index}"
        found += check_shape(definition, pointer, entity)
        found += check_computed(definition, pointer, entity, definitions, configuration)
        if "group" in definition and definition["group"] not in groups:
            facts = {"group": definition["group"]}
            here = f"{pointer}/group"
            found.append(Diagnostic(pointer=here, code="group_unknown", message=UNKNOWN_GROUP, facts=facts))
    found += check_slots(definitions)
    found += check_reads(key, definitions, configuration)
    return found + list(kept_promises(key, definitions, configuration))
