"""One definition by itself: which words go with which type, and whether what they say can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.fields.compile import CONDITIONS, pattern_matcher
from low_code.kinds.fields.readers import Unreadable
from low_code.kinds.fields.types import (
    COMPUTED_TYPES,
    DEFAULT_TYPES,
    FILE_TYPES,
    GIVEN_TYPES,
    NUMBER_TYPES,
    OPTION_TYPES,
    RANGED_TYPES,
    SEARCHED_TYPES,
    SLOT_KINDS,
    TEXT_TYPES,
    bound_reader,
    reader_of,
    value_type,
)
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry.registry import Entity

OPTIONS_MISSING = N_("A field of this type needs options.")
NOT_FOR_TYPE = N_("“{word}” means nothing for a field of type {type}.")
WORD_MISSING = N_("A field of type {type} needs “{word}”.")
BAD_BOUND = N_("This is no bound for a field of type {type}.")
BOUNDS_CROSSED = N_("The least is more than the most, so no value fits.")
BAD_PATTERN = N_("This is not a regular expression that can be used here.")
BAD_DEFAULT = N_("The default is not a value of this field.")
TWO_DEFAULTS = N_("A field has one default: a value or an expression.")
MASK_OF_VIEWER = N_("Role “{role}” is named under “view” too, so it sees the whole value.")
NOT_INDEXED = N_("Lists of {entity} are not filtered by own fields, so nothing is indexed there.")
TOO_MANY_SLOTS = N_("At most {limit} fields of this kind are indexed for an entity; this is one too many.")

SLOT_LIMITS: Mapping[str, int] = {"s": 8, "n": 6, "t": 4}
_REQUIRED_WORDS: Mapping[str, tuple[str, ...]] = {
    "reference": ("to",),
    "formula": ("formula", "result"),
    "lookup": ("lookup", "result"),
    "rollup": ("rollup",),
    "sub_table": ("columns",),
}
_ENTERED = frozenset(
    TEXT_TYPES | NUMBER_TYPES | OPTION_TYPES | RANGED_TYPES | FILE_TYPES
    | {"bool", "user", "department", "reference", "address", "sub_table"}
)  # fmt: skip
_SHOWN = _ENTERED | GIVEN_TYPES
_FOR_TYPES: Mapping[str, frozenset[str]] = {
    "options": OPTION_TYPES,
    "min": RANGED_TYPES,
    "max": RANGED_TYPES,
    "scale": frozenset({"decimal", "percent", "money"}) | COMPUTED_TYPES,
    "max_length": TEXT_TYPES,
    "pattern": TEXT_TYPES,
    "to": frozenset({"reference"}),
    "result": COMPUTED_TYPES,
    "formula": frozenset({"formula"}),
    "lookup": frozenset({"lookup"}),
    "rollup": frozenset({"rollup"}),
    "columns": frozenset({"sub_table"}),
    "max_rows": frozenset({"sub_table"}),
    "number": frozenset({"auto_number"}),
    "max_files": FILE_TYPES,
    "default": frozenset(DEFAULT_TYPES),
    "default_expr": frozenset(DEFAULT_TYPES - {"address"}),
    "required": _ENTERED,
    "required_when": _ENTERED,
    "readonly_when": _ENTERED,
    "edit": _ENTERED,
    "view": _SHOWN,
    "mask": _SHOWN - FILE_TYPES - {"sub_table"},
    "slot": frozenset(SLOT_KINDS) | COMPUTED_TYPES,
}
assert set(CONDITIONS) - {"visible_when"} <= _FOR_TYPES.keys()


def check_shape(definition: Mapping[str, Any], pointer: str, entity: Entity) -> Iterator[Diagnostic]:
    kind = definition["type"]
    yield from _words(definition, pointer)
    for word in _REQUIRED_WORDS.get(kind, ()):
        if word not in definition:
            yield _finding(pointer, "word_missing", WORD_MISSING, word=word, type=kind)
    if definition.get("search") == "text" and value_type(definition) not in SEARCHED_TYPES:
        yield _finding(f"{pointer}/search", "not_for_type", NOT_FOR_TYPE, word="text", type=kind)
    if definition.get("slot") or definition.get("search") == "text":
        word = "slot" if definition.get("slot") else "search"
        if entity.table is None or not entity.indexed:
            yield _finding(f"{pointer}/{word}", "not_indexed", NOT_INDEXED, entity=entity.key)
    yield from _value_rules(definition, pointer)
    if "default" in definition and "default_expr" in definition:
        yield _finding(f"{pointer}/default_expr", "two_defaults", TWO_DEFAULTS)
    for role in definition.get("mask", {}).get("roles", ()):
        if role in definition.get("view", ()):
            yield _finding(f"{pointer}/mask/roles", "mask_of_viewer", MASK_OF_VIEWER, role=role)
    yield from repeated_ids(definition.get("columns", ()), f"{pointer}/columns")
    yield from repeated_ids(definition.get("columns", ()), f"{pointer}/columns", "key")
    for number, column in enumerate(definition.get("columns", ())):
        yield from _words(column, f"{pointer}/columns/{number}")
        yield from _value_rules(column, f"{pointer}/columns/{number}")


def check_slots(definitions: Sequence[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """There are only so many columns of each kind."""
    used = dict.fromkeys(SLOT_LIMITS, 0)
    for index, definition in enumerate(definitions):
        kind = SLOT_KINDS.get(value_type(definition))
        if not definition.get("slot") or definition.get("retired") or kind is None:
            continue
        used[kind] += 1
        if used[kind] > SLOT_LIMITS[kind]:
            yield _finding(f"/fields/{index}/slot", "too_many_slots", TOO_MANY_SLOTS, limit=SLOT_LIMITS[kind])


def _words(definition: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    kind = definition["type"]
    if kind in OPTION_TYPES and "options" not in definition:
        yield _finding(pointer, "options_missing", OPTIONS_MISSING)
    yield from repeated_ids(definition.get("options", ()), f"{pointer}/options")
    for word, types in _FOR_TYPES.items():
        if definition.get(word, False) is not False and kind not in types:
            yield _finding(f"{pointer}/{word}", "not_for_type", NOT_FOR_TYPE, word=word, type=kind)


def _value_rules(definition: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    yield from _bounds(definition, pointer)
    if "pattern" in definition and not _is_pattern(definition["pattern"]):
        yield _finding(f"{pointer}/pattern", "bad_pattern", BAD_PATTERN)
    if "default" in definition and definition["type"] in DEFAULT_TYPES and not _is_value(definition):
        yield _finding(f"{pointer}/default", "bad_default", BAD_DEFAULT)


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


def _is_value(definition: Mapping[str, Any]) -> bool:
    try:
        read = reader_of(definition)(definition["default"])
    except Unreadable:
        return False
    options = {option["id"] for option in definition.get("options", ()) if not option.get("retired")}
    chosen = {read} if definition["type"] == "option" else set(read) if definition["type"] == "multi_option" else set()
    return chosen <= options


def _finding(pointer: str, code: str, message: str, **facts: Any) -> Diagnostic:
    return Diagnostic(pointer=pointer, code=code, message=message, facts=facts)
