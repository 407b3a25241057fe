"""The least that a schema takes: what a new document begins with where its kind has no default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Configuration, Kind
from low_code.registry.annotations import resolve

_LABELS = {"en": "New", "zh-CN": "新建"}
_DEEPEST = 12


def first_body(kind: Kind, key: str, configuration: Configuration) -> Any:
    """The kind's default of this key, else its first one, else the least that its schema takes."""
    defaults = kind.defaults(configuration.registry)
    if key in defaults:
        return defaults[key]
    return next(iter(defaults.values()), None) or minimal(kind.schema, kind.schema, configuration)


def free_key(kind: Kind, configuration: Configuration) -> str:
    """A default's key that nothing has yet, else ""."""
    defaults = kind.defaults(configuration.registry)
    return next((key for key in defaults if configuration.body(kind.name, key) is None), "")


def minimal(root: Mapping[str, Any], node: Any, configuration: Configuration, depth: int = 0, name: str = "") -> Any:
    """A value of the structure that `node` asks for; words and documents that it names exist where any do."""
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return None
    for word in ("const", "default"):
        if word in node:
            return node[word]
    if "enum" in node:
        return node["enum"][0]
    for word in ("oneOf", "anyOf"):
        if node.get(word):
            return minimal(root, node[word][0], configuration, depth + 1, name)
    if "$ref" in node:
        return minimal(root, resolve(root, node["$ref"]), configuration, depth + 1, name)
    if "x-expression" in node:
        return True
    named = node.get("type")
    kind_of = named[0] if isinstance(named, list) else named
    if kind_of == "object":
        return _object(root, node, configuration, depth)
    if kind_of == "array":
        return [minimal(root, node.get("items"), configuration, depth + 1) for _ in range(node.get("minItems", 0))]
    if kind_of == "string":
        return _text(node, configuration, name)
    return {"integer": node.get("minimum", 0), "number": node.get("minimum", 0), "boolean": False}.get(str(kind_of))


def _object(root: Mapping[str, Any], node: Mapping[str, Any], configuration: Configuration, depth: int) -> Any:
    properties = node.get("properties", {})
    if {"en", "zh-CN"} <= properties.keys():
        return dict(_LABELS)
    return {
        name: minimal(root, properties.get(name), configuration, depth + 1, name) for name in node.get("required", ())
    }


def _text(node: Mapping[str, Any], configuration: Configuration, name: str) -> str:
    """name: of the property, which tells what a text without a list of words is about"""
    registry = configuration.registry
    if "x-vocabulary" in node:
        return next(iter(registry.vocabulary(node["x-vocabulary"]).terms), "")
    if "x-ref" in node:
        return next(iter(configuration.keys(node["x-ref"])), "standard")
    if "x-outside" in node:
        return next(iter(sorted(configuration.outside.get(node["x-outside"], ()))), "")
    if "pattern" in node:
        return "a1"
    return {"of": next(iter(registry.subjects), "new"), "type": "number"}.get(name, "new")
