"""What the release in force promised about values that are kept: keys, types, options and columns stay; a field is
retired before it is removed, and removed only when nothing refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.fields.types import value_type
from low_code.registry import Configuration
from low_code.registry.checking import all_references

NOT_RETIRED = N_("“{label}” is in use. Retire it first; a retired field can be removed with the next release.")
TYPE_CHANGED = N_("The type of a field cannot change ({old} to {new}): values are kept in it. Make a new field.")
KEY_CHANGED = N_("The key of a field cannot change ({old} to {new}): values are kept under it.")
OPTION_REMOVED = N_("The option “{option}” is in use. Retire it first.")
COLUMN_REMOVED = N_("The column “{column}” holds values; its key and type stay, and it cannot be removed.")
REFERRED = N_("“{label}” cannot be removed: {kind} “{key}” still refers to it at {place}.")
PINNED = N_("“{label}” cannot be removed: an open approval still runs under {kind} “{key}” of release {release}.")
KEY_USED_BEFORE = N_(
    "A field “{key}” was removed; its values are purged {days} days after it was retired. Use another key."
)

PURGE_DAYS = 30


def kept_promises(
    entity: str, definitions: Sequence[Mapping[str, Any]], configuration: Configuration
) -> Iterator[Diagnostic]:
    before = configuration.previous.sound_body("fields", entity) if configuration.previous else None
    old_fields = before["fields"] if before else ()
    now = {definition["id"]: (index, definition) for index, definition in enumerate(definitions)}
    for old in old_fields:
        if old["id"] in now:
            yield from _same_values(old, *now[old["id"]])
        elif not old.get("retired"):
            yield _finding("/fields", "field_not_retired", NOT_RETIRED, label=old["labels"]["en"])
        else:
            yield from _referrers(entity, old, configuration)
    known = {old["id"] for old in old_fields}
    for index, definition in enumerate(definitions):
        if definition["id"] not in known and f"{entity}.{definition['key']}" in configuration.outside.get(
            "kept_keys", ()
        ):
            facts = {"key": definition["key"], "days": PURGE_DAYS}
            yield _finding(f"/fields/{index}/key", "key_used_before", KEY_USED_BEFORE, **facts)


def _same_values(old: Mapping[str, Any], index: int, new: Mapping[str, Any]) -> Iterator[Diagnostic]:
    pointer = f"/fields/{index}"
    if new["key"] != old["key"]:
        yield _finding(f"{pointer}/key", "key_changed", KEY_CHANGED, old=old["key"], new=new["key"])
    if new["type"] != old["type"]:
        yield _finding(f"{pointer}/type", "type_changed", TYPE_CHANGED, old=old["type"], new=new["type"])
    elif value_type(new) != value_type(old):
        facts = {"old": value_type(old), "new": value_type(new)}
        yield _finding(f"{pointer}/result", "type_changed", TYPE_CHANGED, **facts)
    elif new.get("to") != old.get("to"):
        yield _finding(f"{pointer}/to", "type_changed", TYPE_CHANGED, old=old.get("to", ""), new=new.get("to", ""))
    yield from _options_kept(old, new, pointer)
    columns = {column["id"]: column for column in new.get("columns", ())}
    for column in old.get("columns", ()):
        kept = columns.get(column["id"])
        if kept is None or (kept["key"], kept["type"]) != (column["key"], column["type"]):
            yield _finding(f"{pointer}/columns", "column_removed", COLUMN_REMOVED, column=column["key"])
        else:
            yield from _options_kept(column, kept, f"{pointer}/columns")


def _options_kept(old: Mapping[str, Any], new: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    kept = {option["id"] for option in new.get("options", ())}
    for option in old.get("options", ()):
        if option["id"] not in kept and not option.get("retired"):
            yield _finding(f"{pointer}/options", "option_not_retired", OPTION_REMOVED, option=option["id"])


def _referrers(entity: str, old: Mapping[str, Any], configuration: Configuration) -> Iterator[Diagnostic]:
    """Every place that would still name the removed field: each document of the would-be configuration (drafts are
    part of it), and documents of earlier releases that open approvals run under."""
    assert configuration.previous is not None
    name, label = f"fields/{entity}", old["labels"]["en"]
    with_field = Configuration(
        configuration.registry, {**configuration.documents, name: configuration.previous.documents[name]}
    )
    for found in all_references(with_field):
        if (found.to_kind, found.to_key, found.to_member) == ("fields", entity, old["key"]):
            facts = {"label": label, "kind": found.from_kind, "key": found.from_key, "place": found.pointer}
            yield _finding("/fields", "field_still_referred", REFERRED, **facts)
    for pinned in configuration.pinned:
        found = pinned.reference
        if (found.to_kind, found.to_key, found.to_member) == ("fields", entity, old["key"]):
            facts = {"label": label, "kind": found.from_kind, "key": found.from_key, "release": pinned.release}
            yield _finding("/fields", "field_still_pinned", PINNED, **facts)


def _finding(pointer: str, code: str, message: str, **facts: Any) -> Diagnostic:
    return Diagnostic(pointer=pointer, code=code, message=message, facts=facts)
