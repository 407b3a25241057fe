"""What a set of fields must keep to: so that values that exist stay readable, and new ones can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.fields.compile import pattern_matcher
from low_code.kinds.fields.types import OPTION_TYPES, RANGED_TYPES, READERS, TEXT_TYPES, Unreadable, bound_reader
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

UNKNOWN_ENTITY = N_("Nothing called “{entity}” can have fields of its own.")
OPTIONS_MISSING = N_("A field of this type needs options.")
NOT_FOR_TYPE = N_("“{word}” means nothing for a field of type {type}.")
BAD_BOUND = N_("This is no bound for a field of type {type}.")
BOUNDS_CROSSED = N_("The least is more than the most, so no value fits.")
BAD_PATTERN = N_("This is not a regular expression that can be used here.")
BAD_DEFAULT = N_("The default is not a value of this field.")
UNKNOWN_GROUP = N_("There is no group “{group}”.")
NOT_RETIRED = N_("“{label}” is in use. Retire it first; a retired field can be removed with the next release.")
TYPE_CHANGED = N_("The type of a field cannot change ({old} to {new}): values are kept in it. Make a new field.")
KEY_CHANGED = N_("The key of a field cannot change ({old} to {new}): values are kept under it.")
OPTION_REMOVED = N_("The option “{option}” is in use. Retire it first.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    """The conditions of a field are written over its entity's subject."""
    entity = configuration.registry.entities.get(key)
    return entity.subject if entity else None


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    definitions: Sequence[Mapping[str, Any]] = body["fields"]
    if key not in configuration.registry.entities:
        return [_finding("", "entity_unknown", UNKNOWN_ENTITY, entity=key)]
    found = repeated_ids(definitions, "/fields") + repeated_ids(definitions, "/fields", "key")
    found += repeated_ids(body.get("groups", ()), "/groups")
    groups = {group["id"] for group in body.get("groups", ())}
    for index, definition in enumerate(definitions):
        pointer = f"/fields/{index}"
        found += _shape(definition, pointer)
        if "group" in definition and definition["group"] not in groups:
            found.append(_finding(f"{pointer}/group", "group_unknown", UNKNOWN_GROUP, group=definition["group"]))
    before = configuration.previous.sound_body("fields", key) if configuration.previous else None
    return found + list(_kept_promises(before, definitions)) if before else found


def _shape(definition: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    kind = definition["type"]
    if kind in OPTION_TYPES and "options" not in definition:
        yield _finding(pointer, "options_missing", OPTIONS_MISSING)
    yield from repeated_ids(definition.get("options", ()), f"{pointer}/options")
    for word, types in _FOR_TYPES.items():
        if word in definition and kind not in types:
            yield _finding(f"{pointer}/{word}", "not_for_type", NOT_FOR_TYPE, word=word, type=kind)
    yield from _bounds(definition, pointer)
    if "pattern" in definition and not _is_pattern(definition["pattern"]):
        yield _finding(f"{pointer}/pattern", "bad_pattern", BAD_PATTERN)
    if "default" in definition and not _is_value(definition, definition["default"]):
        yield _finding(f"{pointer}/default", "bad_default", BAD_DEFAULT)


_FOR_TYPES: Mapping[str, frozenset[str]] = {
    "options": OPTION_TYPES,
    "min": RANGED_TYPES,
    "max": RANGED_TYPES,
    "scale": frozenset({"decimal", "percent", "money"}),
    "max_length": TEXT_TYPES,
    "pattern": TEXT_TYPES,
}


def _bounds(definition: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    kind = definition["type"]
    if kind not in RANGED_TYPES:
        return
    bounds: dict[str, Any] = {}
    for word in ("min", "max"):
        if word in definition:
            try:
                bounds[word] = bound_reader(kind)(definition[word])
            except Unreadable:
                yield _finding(f"{pointer}/{word}", "bad_bound", BAD_BOUND, type=kind)
    if len(bounds) == 2 and bounds["min"] > bounds["max"]:
        yield _finding(f"{pointer}/min", "bounds_crossed", BOUNDS_CROSSED)


def _is_pattern(pattern: str) -> bool:
    try:
        pattern_matcher(pattern)
    except ValueError:
        return False
    return True


def _is_value(definition: Mapping[str, Any], value: Any) -> bool:
    try:
        read = READERS[definition["type"]](value)
    except Unreadable:
        return False
    options = {option["id"] for option in definition.get("options", ()) if not option.get("retired")}
    chosen = {read} if definition["type"] == "option" else set(read) if definition["type"] == "multi_option" else set()
    return chosen <= options


def _kept_promises(before: Mapping[str, Any], definitions: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """What the release in force promised about values that are kept."""
    now = {definition["id"]: (index, definition) for index, definition in enumerate(definitions)}
    for old in before["fields"]:
        if old["id"] not in now:
            if not old.get("retired"):
                yield _finding("/fields", "field_not_retired", NOT_RETIRED, label=old["labels"]["en"])
            continue
        index, new = now[old["id"]]
        pointer = f"/fields/{index}"
        if new["key"] != old["key"]:
            yield _finding(f"{pointer}/key", "key_changed", KEY_CHANGED, old=old["key"], new=new["key"])
        if new["type"] != old["type"]:
            yield _finding(f"{pointer}/type", "type_changed", TYPE_CHANGED, old=old["type"], new=new["type"])
        kept = {option["id"] for option in new.get("options", ())}
        for option in old.get("options", ()):
            if option["id"] not in kept and not option.get("retired"):
                yield _finding(f"{pointer}/options", "option_not_retired", OPTION_REMOVED, option=option["id"])


def _finding(pointer: str, code: str, message: str, **facts: Any) -> Diagnostic:
    return Diagnostic(pointer=pointer, code=code, message=message, facts=facts)
