"""The one table of operators: how many operands, of which types, with which result.

The back ends (`closure`, `sql`, `sentence`) dispatch on the same names; a test holds that none of them
lacks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from kernel.i18n import N_
from low_code.expressions.types import (
    BOOL,
    DATE,
    DATETIME,
    DURATION,
    MONEY,
    NUMBER,
    ORDERED_KINDS,
    SCALAR_KINDS,
    STRING,
    Kind,
    Type,
)


class Rule(Enum):
    """How the checker finds the type of a result."""

    CONDITIONS = auto()  # every operand is a yes or no
    ALIKE = auto()  # all operands of one type out of `kinds`
    OVERLOADS = auto()  # the first of `overloads` that fits
    IF = auto()
    MEMBER = auto()
    SETS = auto()
    ROWS = auto()


@dataclass(frozen=True, slots=True)
class Overload:
    """Operand kinds and what comes of them.

    kinds     one per operand; `repeat` lets the last stand for any number more
    nullable  whether the result may be empty although no operand is (x / 0, CNY + USD)
    """

    kinds: tuple[Kind, ...]
    result: Type
    repeat: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator.

    least, most  number of operands; `most` None: any number
    kinds        what ALIKE operands may be, or what the body of a ROWS operator may be
    result       type of the result; None: that of the operands
    nulls        whether an empty operand makes the result empty; if not, the result is never empty
    """

    name: str
    least: int
    most: int | None
    rule: Rule
    kinds: frozenset[Kind] = frozenset()
    result: Type | None = None
    overloads: tuple[Overload, ...] = ()
    nulls: bool = False


def _many(kind: Kind, result: Type, *, nullable: bool = False) -> Overload:
    return Overload((kind,), result, repeat=True, nullable=nullable)


_N, _M, _S, _D, _T, _U = Kind.NUMBER, Kind.MONEY, Kind.STRING, Kind.DATE, Kind.DATETIME, Kind.DURATION
_AMOUNTS = (Overload((_N,), NUMBER), Overload((_M,), MONEY))
_EXTREMES = (
    _many(_N, NUMBER),
    _many(_M, MONEY, nullable=True),
    _many(_D, DATE),
    _many(_T, DATETIME),
    _many(_U, DURATION),
)
_EXTREME_KINDS = frozenset({_N, _M, _D, _T, _U})


def _overloaded(name: str, least: int, most: int | None, *overloads: Overload) -> Operator:
    return Operator(name, least, most, Rule.OVERLOADS, overloads=overloads, nulls=True)


def _compare(name: str, most: int) -> Operator:
    return Operator(name, 2, most, Rule.ALIKE, kinds=ORDERED_KINDS, result=BOOL)


_TABLE = (
    # logic
    Operator("and", 1, None, Rule.CONDITIONS, result=BOOL),
    Operator("or", 1, None, Rule.CONDITIONS, result=BOOL),
    Operator("!", 1, 1, Rule.CONDITIONS, result=BOOL),
    Operator("if", 3, None, Rule.IF),
    Operator("??", 2, None, Rule.ALIKE, kinds=frozenset(Kind) - {Kind.ROWS}, nulls=True),
    # comparison
    Operator("==", 2, 2, Rule.ALIKE, kinds=SCALAR_KINDS, result=BOOL),
    Operator("!=", 2, 2, Rule.ALIKE, kinds=SCALAR_KINDS, result=BOOL),
    _compare("<", 3),
    _compare("<=", 3),
    _compare(">", 2),
    _compare(">=", 2),
    # membership
    Operator("in", 2, 2, Rule.MEMBER, result=BOOL),
    Operator("has_any", 2, 2, Rule.SETS, result=BOOL),
    Operator("has_all", 2, 2, Rule.SETS, result=BOOL),
    # numbers
    _overloaded(
        "+",
        1,
        None,
        _many(_N, NUMBER),
        _many(_M, MONEY, nullable=True),
        _many(_U, DURATION),
        Overload((_T, _U), DATETIME, nullable=True),
    ),
    _overloaded(
        "-",
        1,
        2,
        *_AMOUNTS,
        Overload((_N, _N), NUMBER),
        Overload((_M, _M), MONEY, nullable=True),
        Overload((_U, _U), DURATION),
        Overload((_T, _T), DURATION),
        Overload((_T, _U), DATETIME, nullable=True),
    ),
    _overloaded("*", 1, None, _many(_N, NUMBER), Overload((_M, _N), MONEY), Overload((_N, _M), MONEY)),
    _overloaded(
        "/",
        2,
        2,
        Overload((_N, _N), NUMBER, nullable=True),
        Overload((_M, _N), MONEY, nullable=True),
        Overload((_M, _M), NUMBER, nullable=True),
    ),
    _overloaded("round", 1, 2, *_AMOUNTS, Overload((_N, _N), NUMBER), Overload((_M, _N), MONEY)),
    _overloaded("min", 1, None, *_EXTREMES),
    _overloaded("max", 1, None, *_EXTREMES),
    _overloaded("abs", 1, 1, *_AMOUNTS),
    _overloaded("floor", 1, 1, *_AMOUNTS),
    _overloaded("ceil", 1, 1, *_AMOUNTS),
    # texts
    Operator("starts", 2, 2, Rule.ALIKE, kinds=frozenset({_S}), result=BOOL),
    Operator("ends", 2, 2, Rule.ALIKE, kinds=frozenset({_S}), result=BOOL),
    _overloaded("len", 1, 1, Overload((_S,), NUMBER)),
    _overloaded("cat", 1, None, _many(_S, STRING)),
    _overloaded("trim", 1, 1, Overload((_S,), STRING)),
    # dates
    _overloaded("days", 2, 2, Overload((_D, _D), NUMBER)),
    _overloaded("add_days", 2, 2, Overload((_D, _N), DATE, nullable=True)),
    _overloaded("add_months", 2, 2, Overload((_D, _N), DATE, nullable=True)),
    _overloaded("weekday", 1, 1, Overload((_D,), NUMBER)),
    _overloaded("today", 0, 0, Overload((), DATE)),
    _overloaded("now", 0, 0, Overload((), DATETIME)),
    # rows
    Operator("some", 2, 2, Rule.ROWS, kinds=frozenset({Kind.BOOL}), result=BOOL),
    Operator("all", 2, 2, Rule.ROWS, kinds=frozenset({Kind.BOOL}), result=BOOL),
    Operator("none", 2, 2, Rule.ROWS, kinds=frozenset({Kind.BOOL}), result=BOOL),
    Operator("count", 1, 2, Rule.ROWS, kinds=frozenset({Kind.BOOL}), result=NUMBER),
    Operator("sum", 2, 2, Rule.ROWS, kinds=frozenset({_N, _M})),
    Operator("min_of", 2, 2, Rule.ROWS, kinds=_EXTREME_KINDS, nulls=True),
    Operator("max_of", 2, 2, Rule.ROWS, kinds=_EXTREME_KINDS, nulls=True),
)

OPERATORS: Mapping[str, Operator] = {operator.name: operator for operator in _TABLE}

ALIASES: Mapping[str, str] = {"===": "==", "!==": "!=", "?:": "if"}

_COUNT_HINT = N_("Count with count, add up with sum.")
_EMPTY_HINT = N_("Compare with null: == null is true for an empty value.")
# JSONLogic operators that are refused, and what to write instead
REFUSED: Mapping[str, str] = {
    "reduce": _COUNT_HINT,
    "map": _COUNT_HINT,
    "filter": _COUNT_HINT,
    "missing": _EMPTY_HINT,
    "missing_some": _EMPTY_HINT,
    "!!": N_("A condition must be a yes or no by itself; compare the value instead."),
    "length": N_("Write len for a text, count for rows."),
    "substr": N_("Use starts, ends or in."),
    "%": N_("Remainders are not part of the language."),
}
