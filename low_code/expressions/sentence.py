"""An expression as a plain sentence, for people who do not read JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

from kernel.i18n import N_, translate
from kernel.money import Money
from low_code.expressions.check import Checked
from low_code.expressions.instants import instant_text
from low_code.expressions.nodes import Call, Each, Field, Literal, Node, round_places
from low_code.expressions.numbers import plain
from low_code.expressions.types import Kind

AND = N_("{a} and {b}")
OR = N_("{a} or {b}")
COMMA = N_(", ")
GROUP = N_("({a})")
QUOTED = N_("“{a}”")
NOT = N_("it is not so that {a}")
YES = N_("yes")
NO = N_("no")
IS_YES = N_("{a} is yes")
IS_NOT_YES = N_("{a} is not yes")
EMPTY = N_("empty")
IS_EMPTY = N_("{a} is empty")
IS_NOT_EMPTY = N_("{a} is not empty")
IF_THEN = N_("if {a}: {b}")
OTHERWISE = N_("otherwise: {a}")
THEN_NEXT = N_("; ")
OR_IF_EMPTY = N_("{a}, or if that is empty {b}")
CONTAINS = N_("{a} contains {b}")
ONE_OF = N_("{a} is one of {b}")
NONE_OF = N_("{a} is none of {b}")
BETWEEN = N_("{b} is from {a} to {c}")
BETWEEN_OPEN = N_("{b} is between {a} and {c}, these two excluded")
ROUNDED = N_("{a} rounded to {places} decimals")
SOME = N_("at least one of {rows} has: {a}")
ALL = N_("every one of {rows} has: {a}")
NONE = N_("none of {rows} has: {a}")
COUNT = N_("how many of {rows} have: {a}")
COUNT_ALL = N_("how many {rows} there are")
SUM = N_("the sum over {rows} of {a}")
MIN_OF = N_("the smallest over {rows} of {a}")
MAX_OF = N_("the largest over {rows} of {a}")
DAYS = N_("{count} days")
HOURS = N_("{count} hours")
MINUTES = N_("{count} minutes")
SECONDS = N_("{count} seconds")

_TWO: Mapping[str, str] = {
    "==": N_("{a} is {b}"),
    "!=": N_("{a} is not {b}"),
    "<": N_("{a} is less than {b}"),
    "<=": N_("{a} is at most {b}"),
    ">": N_("{a} is more than {b}"),
    ">=": N_("{a} is at least {b}"),
    "has_any": N_("{a} has any of {b}"),
    "has_all": N_("{a} has all of {b}"),
    "starts": N_("{a} starts with {b}"),
    "ends": N_("{a} ends with {b}"),
    "days": N_("the days from {a} to {b}"),
    "add_days": N_("{a} plus {b} days"),
    "add_months": N_("{a} plus {b} months"),
}
_TWO_IN_TIME: Mapping[str, str] = {
    "<": N_("{a} is before {b}"),
    "<=": N_("{a} is {b} or before"),
    ">": N_("{a} is after {b}"),
    ">=": N_("{a} is {b} or after"),
}
_ONE: Mapping[str, str] = {
    "abs": N_("{a} without its sign"),
    "floor": N_("{a} rounded down"),
    "ceil": N_("{a} rounded up"),
    "len": N_("the length of {a}"),
    "trim": N_("{a} without blanks around it"),
    "weekday": N_("the weekday of {a} (Monday is 1)"),
}
_ANY: Mapping[str, str] = {
    "min": N_("the smallest of {a}"),
    "max": N_("the largest of {a}"),
    "cat": N_("the text of {a} in a row"),
}
_NONE: Mapping[str, str] = {"today": N_("today"), "now": N_("now")}
_ROWS: Mapping[str, str] = {
    "some": SOME,
    "all": ALL,
    "none": NONE,
    "count": COUNT,
    "sum": SUM,
    "min_of": MIN_OF,
    "max_of": MAX_OF,
}
_SIGNS: Mapping[str, str] = {"+": " + ", "-": " − ", "*": " × ", "/": " ÷ "}
_IN_TIME = frozenset({Kind.DATE, Kind.DATETIME})
_COMPOUND = frozenset({"and", "or", "if", "??"})


def sentence(checked: Checked, locale: str) -> str:
    """The expression in words; fields and options by their labels, in "en" or "zh-CN"."""
    return _Speaker(checked, locale).say(checked.root)


class _Speaker:
    def __init__(self, checked: Checked, locale: str) -> None:
        self._subject = checked.subject
        self._locale = locale

    def say(self, node: Node, beside: Sequence[Node] = ()) -> str:
        """`beside` are the operands next to a constant: their options give it its label."""
        match node:
            case Literal():
                return self._constant(node.value, beside)
            case Field():
                return self._subject.label(node.path, self._locale)
            case Each():
                return self._rows(node)
            case Call(op="and" | "or"):
                template = AND if node.op == "and" else OR
                conditions = [self._condition(operand) for operand in node.operands]
                return reduce(lambda a, b: self._fill(template, a=a, b=b), conditions)
            case Call(op="!", operands=(only,)):
                return self._denial(only)
            case Call(op="if"):
                return self._choice(node)
            case Call(op="==" | "!="):
                return self._equality(node)
            case Call(op="in"):
                return self._membership(node, ONE_OF)
            case Call(op="+" | "-" | "*" | "/"):
                return self._arithmetic(node)
            case Call():
                return self._call(node)

    def _call(self, node: Call) -> str:
        parts = [self._part(operand, node.operands) for operand in node.operands]
        if node.op in _NONE:
            return self._word(_NONE[node.op])
        if node.op == "??":
            said = parts[-1]
            for part in reversed(parts[:-1]):
                said = self._fill(OR_IF_EMPTY, a=part, b=said)
            return said
        if node.op == "round":
            return self._fill(ROUNDED, a=parts[0], places=round_places(node))
        if node.op in _ANY:
            return self._fill(_ANY[node.op], a=self._word(COMMA).join(parts))
        if node.op in _ONE:
            return self._fill(_ONE[node.op], a=parts[0])
        if len(parts) == 3:
            template = BETWEEN if node.op == "<=" else BETWEEN_OPEN
            return self._fill(template, a=parts[0], b=parts[1], c=parts[2])
        in_time = node.operands[0].type.kind in _IN_TIME
        template = _TWO_IN_TIME[node.op] if in_time and node.op in _TWO_IN_TIME else _TWO[node.op]
        return self._fill(template, a=parts[0], b=parts[1])

    def _condition(self, node: Node) -> str:
        """A node that stands for a yes or no."""
        if isinstance(node, Field):
            return self._fill(IS_YES, a=self.say(node))
        said = self.say(node)
        return self._fill(GROUP, a=said) if isinstance(node, Call) and node.op in _COMPOUND else said

    def _denial(self, node: Node) -> str:
        if isinstance(node, Field):
            return self._fill(IS_NOT_YES, a=self.say(node))
        if isinstance(node, Call) and node.op == "in" and _is_list(node.operands[1]):
            return self._membership(node, NONE_OF)
        return self._fill(NOT, a=self._fill(GROUP, a=self.say(node)))

    def _choice(self, node: Call) -> str:
        cases = zip(node.operands[:-1:2], node.operands[1::2], strict=True)
        said = [self._fill(IF_THEN, a=self._condition(c), b=self._part(v, ())) for c, v in cases]
        said.append(self._fill(OTHERWISE, a=self._part(node.operands[-1], ())))
        return self._word(THEN_NEXT).join(said)

    def _equality(self, node: Call) -> str:
        left, right = node.operands
        if isinstance(left, Literal) and left.value is None:
            left, right = right, left
        if isinstance(right, Literal) and right.value is None:
            return self._fill(IS_EMPTY if node.op == "==" else IS_NOT_EMPTY, a=self._part(left, ()))
        parts = [self._part(operand, node.operands) for operand in (left, right)]
        return self._fill(_TWO[node.op], a=parts[0], b=parts[1])

    def _membership(self, node: Call, template: str) -> str:
        left, right = node.operands
        if _is_list(right):
            return self._fill(template, a=self._part(left, ()), b=self.say(right, (left,)))
        return self._fill(CONTAINS, a=self._part(right, ()), b=self._part(left, (right,)))

    def _arithmetic(self, node: Call) -> str:
        parts = [self._part(operand, ()) for operand in node.operands]
        return f"−{parts[0]}" if len(parts) == 1 else _SIGNS[node.op].join(parts)

    def _rows(self, node: Each) -> str:
        rows = self._subject.label(node.rows, self._locale)
        if node.body is None:
            return self._fill(COUNT_ALL, rows=rows)
        condition = node.op in ("some", "all", "none", "count")
        body = self._condition(node.body) if condition else self._part(node.body, ())
        return self._fill(_ROWS[node.op], rows=rows, a=body)

    def _part(self, node: Node, beside: Sequence[Node]) -> str:
        """An operand: grouped where its own words would run into those around it."""
        said = self.say(node, beside)
        grouped = isinstance(node, Call) and len(node.operands) > 1 and node.op not in ("min", "max", "round")
        return self._fill(GROUP, a=said) if grouped else said

    def _constant(self, value: Any, beside: Sequence[Node]) -> str:
        match value:
            case None:
                return self._word(EMPTY)
            case bool():
                return self._word(YES if value else NO)
            case str():
                return self._text(value, beside)
            case Money():
                return f"{plain(value.amount)} {value.currency}"
            case datetime():
                return instant_text(value)
            case date():
                return value.isoformat()
            case timedelta():
                return self._duration(value)
            case tuple():
                return self._word(COMMA).join(self._constant(item, beside) for item in value)
            case _:
                return plain(value)

    def _text(self, value: str, beside: Sequence[Node]) -> str:
        for node in beside:
            if isinstance(node, Field) and value in node.spec.options:
                return node.spec.option_label(value, self._locale)
        return self._fill(QUOTED, a=value)

    def _duration(self, length: timedelta) -> str:
        minutes, seconds = divmod(length.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        exact = f"{seconds}.{length.microseconds:06d}".rstrip("0") if length.microseconds else str(seconds)
        parts = ((DAYS, str(length.days)), (HOURS, str(hours)), (MINUTES, str(minutes)), (SECONDS, exact))
        said = [self._fill(template, count=count) for template, count in parts if count != "0"]
        return " ".join(said) or self._fill(DAYS, count="0")

    def _word(self, message: str) -> str:
        return translate(message, self._locale)

    def _fill(self, message: str, **facts: object) -> str:
        return translate(message, self._locale, facts)


def _is_list(node: Node) -> bool:
    return isinstance(node, Literal) and node.type.kind is Kind.LIST
