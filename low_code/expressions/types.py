"""The types of the language. Nullability is not part of a type: fields and nodes carry it beside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kernel.i18n import N_


class Kind(StrEnum):
    BOOL = "bool"
    NUMBER = "number"
    MONEY = "money"
    STRING = "string"
    OPTION = "option"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    REF = "ref"
    LIST = "list"
    ROWS = "rows"


# As diagnostics and sentences say them.
KIND_NAMES = {
    Kind.BOOL: N_("yes or no"),
    Kind.NUMBER: N_("a number"),
    Kind.MONEY: N_("an amount of money"),
    Kind.STRING: N_("a text"),
    Kind.OPTION: N_("an option"),
    Kind.DATE: N_("a date"),
    Kind.DATETIME: N_("a date and time"),
    Kind.DURATION: N_("a duration"),
    Kind.REF: N_("a reference"),
    Kind.LIST: N_("a list"),
    Kind.ROWS: N_("rows"),
}


@dataclass(frozen=True, slots=True)
class Type:
    """A type of the language; two are equal when they hold the same values.

    kind     what family it belongs to
    options  ids of an option set, closed
    entity   what a reference points to ("sender"); "" accepts any
    item     type of a list's values: string, option or ref
    """

    kind: Kind
    options: frozenset[str] = frozenset()
    entity: str = ""
    item: Type | None = None

    @property
    def is_text(self) -> bool:
        """Whether values are stored as text: equal when their texts are equal."""
        return self.kind in TEXT_KINDS

    def __str__(self) -> str:
        return self.kind.value


BOOL = Type(Kind.BOOL)
NUMBER = Type(Kind.NUMBER)
MONEY = Type(Kind.MONEY)
STRING = Type(Kind.STRING)
DATE = Type(Kind.DATE)
DATETIME = Type(Kind.DATETIME)
DURATION = Type(Kind.DURATION)
ROWS = Type(Kind.ROWS)

TEXT_KINDS = frozenset({Kind.STRING, Kind.OPTION, Kind.REF})
ORDERED_KINDS = frozenset({Kind.NUMBER, Kind.MONEY, Kind.STRING, Kind.DATE, Kind.DATETIME, Kind.DURATION})
SCALAR_KINDS = frozenset(Kind) - {Kind.LIST, Kind.ROWS}


def option_of(ids: Iterable[str]) -> Type:
    """One id out of a closed set."""
    return Type(Kind.OPTION, options=frozenset(ids))


def ref_to(entity: str) -> Type:
    """The id, as text, of a row of another kind ("sender")."""
    return Type(Kind.REF, entity=entity)


def list_of(item: Type) -> Type:
    """Several values of a string, option or ref type: a multi-select field."""
    if not item.is_text:
        raise ValueError(f"a list holds strings, options or refs, not {item}")
    return Type(Kind.LIST, item=item)


def common_type(first: Type, second: Type) -> Type | None:
    """The type that holds the values of both, or None where they have nothing in common.

    A text and an option or a reference share text; two option sets share their union.
    """
    if first == second:
        return first
    if first.kind is Kind.LIST and second.kind is Kind.LIST and first.item and second.item:
        item = common_type(first.item, second.item)
        return Type(Kind.LIST, item=item) if item else None
    if first.kind is second.kind is Kind.OPTION:
        return option_of(first.options | second.options) if first.options & second.options else None
    if first.kind is second.kind is Kind.REF:
        return first if not second.entity else second if not first.entity else None
    if Kind.STRING in (first.kind, second.kind) and first.is_text and second.is_text:
        return STRING
    return None


def fits(given: Type, expected: Type) -> bool:
    """Whether every value of `given` is one of `expected`."""
    if given.kind is Kind.OPTION and expected.kind is Kind.OPTION:
        return given.options <= expected.options
    if given.kind is Kind.REF and expected.kind is Kind.REF:
        return expected.entity in ("", given.entity)
    if given.kind is Kind.LIST and expected.kind is Kind.LIST and given.item and expected.item:
        return fits(given.item, expected.item)
    return given == expected or (expected == STRING and given.is_text)
