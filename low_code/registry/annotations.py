"""What a schema says beyond structure, found in a document.

x-ref         the value is the key of another document: {"x-ref": "numbering"}
x-vocabulary  the value is a term of a registered vocabulary: {"x-vocabulary": "channels"}
x-params      the value holds the settings of the term in the sibling property of this name
x-expression  the value is an expression: {"x-expression": {"type": "bool"}}; "subject" names another subject
              than the document's
x-outside     the value names something outside the configuration: {"x-outside": "roles"}
x-field       the value is the path of a field of the document's subject
x-table       the value is a decision table, whose rows go to spreadsheets and back
x-zh          title and description in Chinese

The walk goes where the schema goes; of alternatives it takes those that the value could be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from low_code.diagnostics import pointer_to

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


@dataclass(frozen=True, slots=True)
class Annotated:
    """One value under one schema node. parent: the object that holds it, for siblings."""

    pointer: str
    value: Any
    schema: Mapping[str, Any]
    parent: Any


def annotated_values(schema: Mapping[str, Any], body: Any) -> Iterator[Annotated]:
    """Every value of `body` with each schema node that describes it, outer first."""
    yield from _walk(schema, schema, body, "", None)


def _walk(root: Mapping[str, Any], schema: Any, value: Any, pointer: str, parent: Any) -> Iterator[Annotated]:
    if not isinstance(schema, Mapping):
        return
    yield Annotated(pointer, value, schema, parent)
    if "$ref" in schema:
        yield from _walk(root, resolve(root, schema["$ref"]), value, pointer, parent)
    for alternative in _alternatives(root, schema, value):
        yield from _walk(root, alternative, value, pointer, parent)
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties")
        for name, item in value.items():
            inner = properties.get(name, rest)
            yield from _walk(root, inner, item, pointer + pointer_to(name), value)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _walk(root, schema["items"], item, f"{pointer}/{index}", value)


def _alternatives(root: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    yield from schema.get("allOf", ())
    for word in ("anyOf", "oneOf"):
        yield from (option for option in schema.get(word, ()) if could_be(root, option, value))
    if "if" in schema:
        yield schema.get("then" if could_be(root, schema["if"], value) else "else")


def resolve(root: Mapping[str, Any], ref: str) -> Any:
    """The node behind a local `#/$defs/…` reference."""
    at: Any = root
    for part in ref.removeprefix("#/").split("/"):
        at = at[part]
    return at


def could_be(root: Mapping[str, Any], schema: Any, value: Any) -> bool:
    """Whether `value` looks like `schema` from afar: its type, required names and fixed words."""
    if not isinstance(schema, Mapping):
        return bool(schema)
    if "$ref" in schema and not could_be(root, resolve(root, schema["$ref"]), value):
        return False
    if "const" in schema and schema["const"] != value:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    named = schema.get("type")
    if isinstance(named, str) and named in _TYPES and not isinstance(value, _TYPES[named]):
        return False
    if isinstance(value, Mapping):
        if not set(schema.get("required", ())) <= value.keys():
            return False
        fixed = {name: inner for name, inner in schema.get("properties", {}).items() if name in value}
        return all(could_be(root, inner, value[name]) for name, inner in fixed.items() if _is_fixed(inner))
    return True


def _is_fixed(schema: Any) -> bool:
    return isinstance(schema, Mapping) and ("const" in schema or "enum" in schema)
