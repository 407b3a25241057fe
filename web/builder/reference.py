"""A kind's reference, made from its JSON Schema: what may stand where, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.i18n import N_, _, current_locale
from low_code.registry import Kind, Registry
from low_code.registry.annotations import resolve
from low_code.registry.kind import title_of

GROUP, LIST, CONDITION, LABELS, TEXT, BY_NAME = (
    N_("group"),
    N_("list"),
    N_("expression"),
    N_("text in each language"),
    N_("text"),
    N_("key of a document"),
)
_TYPES: Mapping[str, str] = {
    "object": GROUP,
    "array": LIST,
    "string": TEXT,
    "integer": N_("whole number"),
    "number": N_("number"),
    "boolean": N_("yes or no"),
    "null": N_("nothing"),
}
_OUTSIDE = {"roles": N_("key of a role"), "users": N_("e-mail address of a user")}
# Limits of a value, as schemas name them.
_LIMITS: Mapping[str, str] = {
    "minLength": N_("at least {limit} characters"),
    "maxLength": N_("at most {limit} characters"),
    "minItems": N_("at least {limit} entries"),
    "maxItems": N_("at most {limit} entries"),
    "minimum": N_("at least {limit}"),
    "maximum": N_("at most {limit}"),
    "exclusiveMinimum": N_("more than {limit}"),
    "exclusiveMaximum": N_("less than {limit}"),
    "pattern": N_("of the form {limit}"),
}
REPEATS = N_("As above.")
WHEN = N_("where {name} is {value}")
_DEEPEST = 12


@dataclass(slots=True, kw_only=True)
class Entry:
    """One property. allowed: (word, what it means) each; default: as JSON writes it; when: for which variant"""

    name: str
    title: str = ""
    description: str = ""
    type: str = ""
    required: bool = False
    when: str = ""
    default: str | None = None
    allowed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def reference(kind: Kind, registry: Registry) -> list[Entry]:
    """The properties of a document, in the schema's order."""
    return _Reader(kind.schema, registry).entries(kind.schema, ())


def description_of(schema: Mapping[str, Any]) -> str:
    chinese = schema.get("x-zh", {}).get("description", "")
    return (chinese if current_locale().startswith("zh") else "") or str(schema.get("description", ""))


@dataclass(slots=True)
class _Reader:
    root: Mapping[str, Any]
    registry: Registry

    def entries(self, node: Mapping[str, Any], above: tuple[str, ...]) -> list[Entry]:
        """What may stand in an object. above: definitions on the way, so that one within itself ends."""
        found: dict[tuple[str, str], Entry] = {}
        for face, when in self._faces(node, ""):
            needed = set(face.get("required", ()))
            for name, inner in face.get("properties", {}).items():
                known = found.get((name, "")) or found.get((name, when))
                if known is not None:
                    known.required = known.required or (name in needed and not when)
                elif not (when and isinstance(inner, Mapping) and "const" in inner):
                    found[name, when] = self._entry(name, inner, name in needed, when, above)
            if isinstance(rest := face.get("additionalProperties"), Mapping) and rest:
                found["…", when] = self._entry("…", rest, False, when, above)
        return list(found.values())

    def _entry(self, name: str, node: Any, required: bool, when: str, above: tuple[str, ...]) -> Entry:
        node = node if isinstance(node, Mapping) else {}
        merged, refs = self._merged(node)
        entry = Entry(
            name=name,
            title=title_of(node, current_locale()) or title_of(merged, current_locale()),
            description=description_of(node) or description_of(merged),
            required=required,
            when=when,
        )
        if "default" in merged:
            entry.default = _as_json(merged["default"])
        item, item_refs = self._merged(merged["items"]) if isinstance(merged.get("items"), Mapping) else ({}, ())
        entry.type = self._type(merged, item)
        entry.allowed = self._allowed(merged) or self._allowed(item)
        entry.notes = [*_limits(merged), *self._refers(merged), *self._refers(item)]
        inner_refs = (*refs, *item_refs)
        if set(inner_refs) & set(above) or len(above) > _DEEPEST:
            entry.notes.append(_(REPEATS))
        elif not _is_labels(merged) and not _is_labels(item):
            target = item if item else merged
            entry.entries = self.entries(target, (*above, *inner_refs))
        return entry

    def _merged(self, node: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The node over what it refers to, and the definitions that it went through."""
        refs: tuple[str, ...] = ()
        merged = dict(node)
        while "$ref" in merged and merged["$ref"] not in refs:
            target = merged.pop("$ref")
            refs = (*refs, target)
            merged = {**resolve(self.root, target), **merged}
        return merged, refs

    def _faces(self, node: Mapping[str, Any], when: str) -> Iterator[tuple[Mapping[str, Any], str]]:
        """The node and its alternatives, each with the condition under which it holds."""
        merged, _refs = self._merged(node)
        yield merged, when
        for part in merged.get("allOf", ()):
            yield from self._faces(part, when)
        for word in ("oneOf", "anyOf"):
            for option in merged.get(word, ()):
                if isinstance(option, Mapping):
                    yield from self._faces(option, self._condition(option) or when)
        if isinstance(merged.get("then"), Mapping):
            yield from self._faces(merged["then"], self._condition(merged.get("if", {})) or when)
        if isinstance(merged.get("else"), Mapping):
            yield from self._faces(merged["else"], when)

    def _condition(self, option: Mapping[str, Any]) -> str:
        merged, _refs = self._merged(option)
        for name, inner in merged.get("properties", {}).items():
            if isinstance(inner, Mapping) and "const" in inner:
                return _(WHEN, name=name, value=_as_json(inner["const"]))
            if isinstance(inner, Mapping) and "enum" in inner:
                return _(WHEN, name=name, value=", ".join(map(str, inner["enum"])))
        return ""

    def _type(self, node: Mapping[str, Any], item: Mapping[str, Any]) -> str:
        if "x-expression" in node:
            return _(CONDITION)
        if _is_labels(node):
            return _(LABELS)
        if "x-ref" in node:
            return _(BY_NAME)
        if "x-outside" in node:
            return _(_OUTSIDE.get(node["x-outside"], TEXT))
        named = node.get("type")
        if named is None and ("enum" in node or "const" in node):
            named = "string"
        names = named if isinstance(named, list) else [named] if named else []
        said = " / ".join(_(_TYPES[each]) for each in names if each in _TYPES)
        if item and "array" in names:
            inner = self._type(item, {})
            return f"{said} · {inner}" if inner else said
        return said

    def _allowed(self, node: Mapping[str, Any]) -> list[tuple[str, str]]:
        if words := node.get("x-vocabulary"):
            terms = self.registry.vocabulary(words).terms.values()
            return [(term.id, term.label(current_locale())) for term in terms]
        if "const" in node:
            return [(_as_json(node["const"]), "")]
        return [(_as_json(word), "") for word in node.get("enum", ())]

    def _refers(self, node: Mapping[str, Any]) -> Iterator[str]:
        if target := node.get("x-ref"):
            kind = self.registry.kinds.get(target)
            yield _("Names a document: {kind}", kind=kind.title(current_locale()) if kind else target)
        if params := node.get("x-params"):
            yield _("What may stand here depends on “{name}”.", name=params.get("of", ""))
        if "x-field" in node:
            yield _("The path of a field, as conditions name it.")


def _limits(node: Mapping[str, Any]) -> Iterator[str]:
    for word, sentence in _LIMITS.items():
        if word in node:
            yield _(sentence, limit=node[word])


def _is_labels(node: Mapping[str, Any]) -> bool:
    properties = node.get("properties")
    return isinstance(properties, Mapping) and {"en", "zh-CN"} <= properties.keys()


def _as_json(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return "[…]" if isinstance(value, list) and value else "[]" if isinstance(value, list) else str(value)
