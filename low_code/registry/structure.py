"""What a JSON Schema finds, said so that a person can mend it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, pointer_to

MAX_PROBLEMS = 200

_SENTENCES: Mapping[str, str] = {
    "required": N_("“{property}” is missing."),
    "additionalProperties": N_("“{unexpected}” is not known here."),
    "unevaluatedProperties": N_("“{unexpected}” is not known here."),
    "type": N_("This must be of type {types}."),
    "enum": N_("“{value}” is not one of: {options}."),
    "const": N_("This must be {expected}."),
    "pattern": N_("“{value}” does not have the right form."),
    "minLength": N_("This must have at least {limit} characters."),
    "maxLength": N_("This must have at most {limit} characters."),
    "minItems": N_("At least {limit} entries are needed here."),
    "maxItems": N_("At most {limit} entries are allowed here."),
    "minProperties": N_("At least {limit} entries are needed here."),
    "maxProperties": N_("At most {limit} entries are allowed here."),
    "uniqueItems": N_("No entry may stand here twice."),
    "minimum": N_("This must be at least {limit}."),
    "maximum": N_("This must be at most {limit}."),
    "exclusiveMinimum": N_("This must be more than {limit}."),
    "exclusiveMaximum": N_("This must be less than {limit}."),
}
_OTHER = N_("This does not have any of the forms that are allowed here.")


def structure_problems(validator: jsonschema_rs.Draft202012Validator, body: Any) -> list[Diagnostic]:
    """Every place where `body` does not follow the schema, in the order of the document."""
    found: dict[tuple[str, str, str], Diagnostic] = {}
    for diagnostic in (diagnostic for error in validator.iter_errors(body) for diagnostic in _diagnostics(error)):
        found.setdefault((diagnostic.pointer, diagnostic.code, str(diagnostic.facts)), diagnostic)
        if len(found) >= MAX_PROBLEMS:
            break
    return list(found.values())


def _diagnostics(error: Any) -> Iterator[Diagnostic]:
    word = error.kind.name
    if word in {"anyOf", "oneOf"} and (best := _best_branch(error)):
        for inner in best:
            yield from _diagnostics(inner)
        return
    pointer = pointer_to(*error.instance_path)
    details = error.kind.as_dict()
    message, common = _SENTENCES.get(word, _OTHER), _facts(details)
    if "{value}" in message:  # what is wrong may be the whole document, so it is written out only for those who say it
        common["value"] = _short(error.instance)
    for unexpected in details.get("unexpected") or [None]:
        facts = {**common, **({"unexpected": unexpected} if unexpected is not None else {})}
        here = pointer + pointer_to(unexpected) if unexpected is not None else pointer
        used = {name: value for name, value in facts.items() if f"{{{name}}}" in message}
        yield Diagnostic(pointer=here, code=f"schema_{_snake(word)}", message=message, facts=used)


def _best_branch(error: Any) -> list[Any]:
    """Of alternatives that all fail, the errors of the one that came furthest; [] where none stands out."""
    with contextlib.suppress(AttributeError, KeyError):
        branches = [branch for branch in error.kind.context if branch]
        depth = len(error.instance_path)
        named = [branch for branch in branches if not _is_another(branch, depth)]
        if len(named) == 1 < len(branches):
            return list(named[0])
        deeper = [branch for branch in branches if any(len(inner.instance_path) > depth for inner in branch)]
        candidates = deeper or [
            branch for branch in branches if all(inner.kind.name not in {"type", "const", "enum"} for inner in branch)
        ]
        if len(candidates) == 1:
            return list(candidates[0])
    return []


def _is_another(branch: Sequence[Any], depth: int) -> bool:
    """Whether a property of the object, such as "do", says that another form was meant."""
    return any(inner.kind.name == "const" and len(inner.instance_path) == depth + 1 for inner in branch)


def _facts(details: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, value in details.items():
        if name in {"types", "options"}:
            facts[name] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        elif name in {"property", "limit"}:
            facts[name] = value
        elif name in {"expected_value", "expected"}:
            facts["expected"] = _short(value)
    return facts


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _snake(word: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in word)
