"""What each operator does, for the product's own reference: a sentence and an example, both held by tests.

Examples read a parcel (`MANUAL_SUBJECT`), so that they mean the same wherever the reference stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_
from low_code.expressions.subjects import FieldSpec, Subject
from low_code.expressions.types import BOOL, DATE, DATETIME, MONEY, NUMBER, ROWS, STRING, list_of, option_of


@dataclass(frozen=True, slots=True)
class Help:
    """operators: names that share this entry; says: English sentence; example: a document that reads a parcel"""

    operators: tuple[str, ...]
    says: str
    example: Any


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    entries: tuple[Help, ...]


MANUAL_SUBJECT = Subject(
    "parcel",
    {
        "parcel.weight": FieldSpec(NUMBER, labels={"en": "weight", "zh-CN": "重量"}),
        "parcel.note": FieldSpec(STRING, labels={"en": "note", "zh-CN": "备注"}),
        "parcel.service": FieldSpec(
            option_of(("air", "road")),
            labels={"en": "service", "zh-CN": "运输方式"},
            options={"air": {"en": "by air", "zh-CN": "空运"}, "road": {"en": "by road", "zh-CN": "陆运"}},
        ),
        "parcel.tags": FieldSpec(list_of(STRING), labels={"en": "tags", "zh-CN": "标签"}),
        "parcel.insured": FieldSpec(BOOL, labels={"en": "insured", "zh-CN": "已投保"}),
        "parcel.value": FieldSpec(MONEY, labels={"en": "value", "zh-CN": "价值"}),
        "parcel.due_on": FieldSpec(DATE, labels={"en": "due date", "zh-CN": "到期日"}),
        "parcel.packed_at": FieldSpec(DATETIME, labels={"en": "packed", "zh-CN": "打包时间"}),
        "parcel.items": FieldSpec(ROWS, labels={"en": "items", "zh-CN": "物品"}),
        "parcel.items.quantity": FieldSpec(NUMBER, labels={"en": "quantity", "zh-CN": "数量"}),
        "parcel.items.price": FieldSpec(NUMBER, labels={"en": "price", "zh-CN": "单价"}),
        "parcel.items.fragile": FieldSpec(BOOL, labels={"en": "fragile", "zh-CN": "易碎"}),
    },
)

_WEIGHT, _NOTE, _DUE, _ITEMS = ({"var": f"parcel.{name}"} for name in ("weight", "note", "due_on", "items"))
_VALUE, _TAGS = {"var": "parcel.value"}, {"var": "parcel.tags"}
_HEAVY = {">": [_WEIGHT, {"dec": "30"}]}
_QUANTITY = {"var": "quantity"}

MANUAL: tuple[Chapter, ...] = (
    Chapter(
        N_("Values"),
        (
            Help(("var",), N_("A field by its path. Within rows the path begins at the row."), _WEIGHT),
            Help(
                ("val",),
                N_("The same by steps; within rows a first step [1] leads out of the row."),
                {"some": [_ITEMS, {">": [_QUANTITY, {"val": [[1], "parcel", "weight"]}]}]},
            ),
            Help(
                ("dec", "date", "datetime", "dur", "money"),
                N_("Constants: a number, a day, an instant, a length of time, money. Texts stand as they are."),
                {"==": [_VALUE, {"money": ["12.50", "CNY"]}]},
            ),
            Help(
                ("today", "now"), N_("The company's business day; the moment. Read once per decision."), {"today": []}
            ),
        ),
    ),
    Chapter(
        N_("Conditions"),
        (
            Help(
                ("and", "or"), N_("All of them hold; at least one holds."), {"and": [_HEAVY, {"var": "parcel.insured"}]}
            ),
            Help(("!",), N_("It does not hold. An empty yes-or-no counts as no."), {"!": [{"var": "parcel.insured"}]}),
            Help(
                ("if",),
                N_("Condition, value, condition, value …, and a last value where no condition holds."),
                {"if": [_HEAVY, {"dec": "20"}, {"dec": "8"}]},
            ),
            Help(("??",), N_("The first that is not empty."), {"??": [_WEIGHT, {"dec": "1"}]}),
            Help(
                ("==", "!="),
                N_("Equal, not equal. An empty value equals only null."),
                {"==": [{"var": "parcel.service"}, "air"]},
            ),
            Help(
                ("<", "<=", ">", ">="),
                N_("Smaller or larger; < and <= take three to ask for a range. Empty is neither to anything."),
                {"<=": [{"dec": "5"}, _WEIGHT, {"dec": "30"}]},
            ),
            Help(
                ("in",),
                N_("A value is in a list; a text is part of a text."),
                {"in": [{"var": "parcel.service"}, ["air", "road"]]},
            ),
            Help(
                ("has_any", "has_all"),
                N_("A list has one of these; it has all of these."),
                {"has_any": [_TAGS, ["gift"]]},
            ),
        ),
    ),
    Chapter(
        N_("Numbers and money"),
        (
            Help(
                ("+", "-", "*"),
                N_("Exact, and empty where an operand is. Money is added to money of the same currency only."),
                {"*": [_VALUE, {"dec": "1.13"}]},
            ),
            Help(("/",), N_("Ten decimals, halves up. Division by zero gives empty."), {"/": [_WEIGHT, {"dec": "3"}]}),
            Help(
                ("round", "floor", "ceil"),
                N_("To so many decimals, halves away from zero; down; up."),
                {"round": [_WEIGHT, 1]},
            ),
            Help(
                ("min", "max", "abs"),
                N_("The smallest; the largest; without its sign."),
                {"max": [_WEIGHT, {"dec": "1"}]},
            ),
        ),
    ),
    Chapter(
        N_("Texts"),
        (
            Help(
                ("starts", "ends"),
                N_("A text begins or ends with another, capitals included."),
                {"starts": [_NOTE, "PO-"]},
            ),
            Help(("len",), N_("How many characters a text has."), {">": [{"len": [_NOTE]}, {"dec": "0"}]}),
            Help(
                ("cat", "trim"),
                N_("Texts joined; a text without the blanks around it."),
                {"cat": ["#", {"trim": [_NOTE]}]},
            ),
        ),
    ),
    Chapter(
        N_("Days"),
        (
            Help(
                ("days",),
                N_("Days from the first to the second."),
                {"<": [{"days": [{"today": []}, _DUE]}, {"dec": "3"}]},
            ),
            Help(("add_days", "add_months"), N_("A day later by so many days or months."), {"add_days": [_DUE, 7]}),
            Help(("weekday",), N_("Monday is 1, Sunday 7."), {">=": [{"weekday": [_DUE]}, 6]}),
        ),
    ),
    Chapter(
        N_("Rows"),
        (
            Help(
                ("some", "all", "none"),
                N_("At least one row, every row, no row answers yes. Over no rows, all is no."),
                {"some": [_ITEMS, {"var": "fragile"}]},
            ),
            Help(
                ("count",),
                N_("How many rows answer yes, or how many there are."),
                {"count": [_ITEMS, {"var": "fragile"}]},
            ),
            Help(
                ("sum", "min_of", "max_of"),
                N_("The sum, the smallest, the largest over the rows; rows without a value are left out."),
                {"sum": [_ITEMS, {"*": [_QUANTITY, {"var": "price"}]}]},
            ),
        ),
    ),
    Chapter(
        N_("Names"),
        (
            Help(
                ("use",),
                N_("A document of kind condition, by its key. It stands here as if it were written out."),
                {"and": [{"use": "heavy"}, {"var": "parcel.insured"}]},
            ),
        ),
    ),
)
NAMED_EXAMPLE: Mapping[str, Any] = {"heavy": _HEAVY}
RULES: tuple[str, ...] = (
    N_("An empty value equals only empty, and is never less than or greater than anything."),
    N_("Arithmetic on an empty value, or division by zero, gives empty."),
    N_("Both sides of a comparison are of one type; nothing is turned into another type."),
)
