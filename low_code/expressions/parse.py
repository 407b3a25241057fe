"""From a JSON document to syntax: shapes, arities, literals and limits. Types come later, in `check`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from unicodedata import normalize

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, pointer_to
from low_code.expressions import limits
from low_code.expressions.literals import BAD_LITERAL, LITERALS
from low_code.expressions.operators import ALIASES, OPERATORS, REFUSED, Operator, Rule
from low_code.expressions.types import BOOL, KIND_NAMES, NUMBER, STRING, Type

ONE_KEY = N_("An operation has exactly one key; this one has {count}.")
UNKNOWN_OPERATOR = N_("There is no operator {operator}.")
ARITY = N_("{operator} takes {least} to {most} operands; here are {count}.")
ARITY_OPEN = N_("{operator} takes at least {least} operands; here are {count}.")
IF_ARITY = N_("if takes conditions and values in turn, and a last value; here are {count} operands.")
UNKNOWN_NAME = N_("There is no condition called “{name}”.")
NEAREST = N_("Did you mean {nearest}?")
CYCLIC = N_("This uses itself: {path}.")
NAMED_FAULT = N_("The condition “{name}” cannot be read.")
OPERANDS = N_("The operands of {operator} stand in a list.")
TOO_MANY_NODES = N_("This expression has more than {limit} parts.")
LONG_LIST = N_("A list must not have more than {limit} values.")
EMPTY_LIST = N_("A list needs at least one value.")
LIST_VALUES = N_("A list holds constants only: no fields, no operations, no empty value, no list.")
BAD_PATH = N_("A path is a constant text such as {example}; it cannot be computed and has no default.")
PATH_HINT = N_("For a default write ??.")
DUPLICATE_KEY = N_("The key {key} stands twice in one object.")


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. `type` is None for null; `bare` texts may yet turn out to be options or references."""

    pointer: str
    type: Type | None
    value: Any
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Constants:
    pointer: str
    items: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A path that is read; `outer` from within a row means the subject around it."""

    pointer: str
    path: str
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    pointer: str
    operator: Operator
    operands: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be read; the finding is already made."""

    pointer: str


Syntax = Constant | Constants | Reference | Application | Broken


class _TooManyNodes(Exception):
    pass


class Parser:
    """Reads one surveyed document; `findings` holds everything that is wrong with its shape."""

    def __init__(self, named: Mapping[str, Any] | None = None) -> None:
        self.findings: list[Diagnostic] = []
        self._nodes = 0
        self._named = named or {}
        self._within: list[str] = []  # names whose expressions are being read

    def parse(self, document: Any, pointer: str) -> Syntax:
        try:
            return self._node(document, pointer, 0)
        except _TooManyNodes:
            self._report(pointer, "too_many_nodes", TOO_MANY_NODES, limit=limits.MAX_NODES)
            return Broken(pointer)

    def _node(self, document: Any, pointer: str, depth: int) -> Syntax:
        self._nodes += 1
        if self._nodes > limits.MAX_NODES:
            raise _TooManyNodes
        if isinstance(document, dict):
            return self._object(document, pointer, depth)
        if isinstance(document, list):
            return self._list(document, pointer)
        return bare_constant(document, pointer)

    def _object(self, document: dict[str, Any], pointer: str, depth: int) -> Syntax:
        if len(document) != 1:
            return self._broken(pointer, "one_key", ONE_KEY, count=len(document))
        ((key, value),) = document.items()
        if key in LITERALS:
            return self._literal(key, value, pointer)
        if key in ("var", "val"):
            return self._reference(key, value, pointer)
        if key == "use":
            return self._use(value, pointer, depth)
        operator = OPERATORS.get(ALIASES.get(key, key))
        if operator is None:
            hint = REFUSED.get(key, "")
            return self._broken(pointer, "unknown_operator", UNKNOWN_OPERATOR, hint=hint, operator=key)
        if depth >= limits.MAX_DEPTH:
            return self._broken(pointer, "too_deep", limits.TOO_DEEP, limit=limits.MAX_DEPTH)
        return self._application(key, operator, value, pointer, depth)

    def _use(self, name: Any, pointer: str, depth: int) -> Syntax:
        """The expression of that name in its place; what is wrong within is said where it is used."""
        here = pointer + pointer_to("use")
        if not isinstance(name, str) or name not in self._named:
            near = get_close_matches(str(name)[:40], list(self._named), n=1)
            hint = NEAREST if near else ""
            facts = {"name": str(name)[:40], "nearest": "".join(near)}
            return self._broken(here, "unknown_name", UNKNOWN_NAME, hint=hint, **facts)
        if name in self._within:
            path = " → ".join([*self._within, name])
            return self._broken(here, "cyclic", CYCLIC, path=path)
        if depth >= limits.MAX_DEPTH:
            return self._broken(pointer, "too_deep", limits.TOO_DEEP, limit=limits.MAX_DEPTH)
        if limits.survey(self._named[name]):
            return self._broken(here, "named_fault", NAMED_FAULT, name=name)
        before = len(self.findings)
        self._within.append(name)
        syntax = self._node(self._named[name], pointer, depth + 1)
        self._within.pop()
        self.findings[before:] = [replace(finding, pointer=here) for finding in self.findings[before:]]
        return _placed(syntax, pointer)

    def _application(self, key: str, operator: Operator, value: Any, pointer: str, depth: int) -> Syntax:
        here = pointer + pointer_to(key)
        if isinstance(value, list):
            places = [(item, f"{here}/{index}") for index, item in enumerate(value)]
        elif _takes_one(operator) and value is not None:
            places = [(value, here)]  # {"!": x} for {"!": [x]}
        else:
            return self._broken(here, "operands", OPERANDS, operator=key)
        if not self._arity_holds(key, operator, len(places), here):
            return Broken(pointer)
        operands = tuple(self._node(item, place, depth + 1) for item, place in places)
        return Application(pointer, operator, operands)

    def _arity_holds(self, key: str, operator: Operator, count: int, pointer: str) -> bool:
        if operator.name == "if" and (count < 3 or count % 2 == 0):
            self._report(pointer, "arity", IF_ARITY, count=count)
            return False
        if count < operator.least or (operator.most is not None and count > operator.most):
            message = ARITY_OPEN if operator.most is None else ARITY
            self._report(pointer, "arity", message, operator=key, least=operator.least, most=operator.most, count=count)
            return False
        return True

    def _list(self, document: list[Any], pointer: str) -> Syntax:
        if not document:
            return self._broken(pointer, "empty_list", EMPTY_LIST)
        if len(document) > limits.MAX_LIST:
            return self._broken(pointer, "long_list", LONG_LIST, limit=limits.MAX_LIST)
        items = [self._list_value(item, f"{pointer}/{index}") for index, item in enumerate(document)]
        read = tuple(item for item in items if item is not None)
        return Constants(pointer, read) if len(read) == len(items) else Broken(pointer)

    def _list_value(self, item: Any, pointer: str) -> Constant | None:
        if isinstance(item, dict) and len(item) == 1:
            ((key, value),) = item.items()
            if key in LITERALS:
                literal = self._literal(key, value, pointer)
                return literal if isinstance(literal, Constant) else None
        if item is None or isinstance(item, dict | list):
            self._report(pointer, "list_value", LIST_VALUES)
            return None
        return bare_constant(item, pointer)

    def _literal(self, key: str, value: Any, pointer: str) -> Syntax:
        kind, read = LITERALS[key]
        parsed = read(value)
        if parsed is None:
            text = str(value)[:40]
            expected = KIND_NAMES[kind.kind]
            here = pointer + pointer_to(key)
            return self._broken(here, "bad_literal", BAD_LITERAL, text=text, expected=expected)
        return Constant(pointer, kind, parsed)

    def _reference(self, key: str, value: Any, pointer: str) -> Syntax:
        outer = False
        if key == "var" and isinstance(value, list) and len(value) == 1:
            value = value[0]
        if key == "val" and isinstance(value, list):
            outer = bool(value) and value[0] in ([1], [Decimal(1)])
            segments = value[1:] if outer else value
            fine = bool(segments) and all(isinstance(s, str) and s and "." not in s for s in segments)
            value = ".".join(segments) if fine else None
        if not isinstance(value, str) or not value:
            facts = {"example": '{"var": "a.b"}'}
            return self._broken(pointer + pointer_to(key), "bad_path", BAD_PATH, hint=PATH_HINT, **facts)
        return Reference(pointer, value, outer)

    def _broken(self, pointer: str, code: str, message: str, hint: str = "", **facts: Any) -> Broken:
        self._report(pointer, code, message, hint, **facts)
        return Broken(pointer)

    def _report(self, pointer: str, code: str, message: str, hint: str = "", **facts: Any) -> None:
        self.findings.append(Diagnostic(pointer=pointer, code=code, message=message, facts=facts, hint=hint))


def _placed(syntax: Syntax, pointer: str) -> Syntax:
    """The same, all of it at one place: an editor can point at the use, not into another document."""
    match syntax:
        case Application():
            operands = tuple(_placed(operand, pointer) for operand in syntax.operands)
            return replace(syntax, pointer=pointer, operands=operands)
        case Constants():
            return replace(syntax, pointer=pointer, items=tuple(replace(one, pointer=pointer) for one in syntax.items))
        case _:
            return replace(syntax, pointer=pointer)


def _takes_one(operator: Operator) -> bool:
    """Whether one operand may stand without its list. Not for `and` and `or`: of one condition they say nothing."""
    return operator.most == 1 or (operator.least == 1 and operator.rule is Rule.OVERLOADS)


def bare_constant(value: Any, pointer: str) -> Constant:
    """A JSON scalar as a constant; `value` was surveyed."""
    if value is None:
        return Constant(pointer, None, None)
    if isinstance(value, bool):
        return Constant(pointer, BOOL, value)
    if isinstance(value, str):
        return Constant(pointer, STRING, normalize("NFC", value), bare=True)
    return Constant(pointer, NUMBER, Decimal(value))


def load_document(text: str | bytes) -> tuple[Any, tuple[Diagnostic, ...]]:
    """The document in a JSON text, its numbers exact; or None and why not (never an exception)."""
    if len(text) > 16 * limits.MAX_BYTES:
        facts = {"limit": 16 * limits.MAX_BYTES}
        return None, (Diagnostic(pointer="", code="too_large", message=limits.TOO_LARGE, facts=facts),)
    try:
        loaded = json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_twins,
        )
    except RecursionError:
        facts = {"limit": limits.MAX_DEPTH}
        return None, (Diagnostic(pointer="", code="too_deep", message=limits.TOO_DEEP, facts=facts),)
    except ValueError as error:
        reason = {"reason": str(error)[:200]}
        return None, (Diagnostic(pointer="", code="not_json", message=limits.NOT_JSON, facts=reason),)
    return loaded, ()


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _object_without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(DUPLICATE_KEY.format(key=twin))
    return found
