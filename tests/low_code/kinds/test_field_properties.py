"""Random documents meet random values: nothing raises, and what was accepted is accepted again as it is kept."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.db.json import dumps, loads
from kernel.ids import new_id, to_text
from low_code.kinds.fields.known import Known
from low_code.registry.checking import check_document
from tests.low_code.kinds.field_documents import ROW, field, option
from tests.support.low_code import MOMENT, a_configuration

SCALARS = [
    "text",
    "long_text",
    "integer",
    "decimal",
    "money",
    "percent",
    "bool",
    "date",
    "datetime",
    "option",
    "phone",
    "email",
    "url",
]
TYPES = [
    *SCALARS,
    "multi_option",
    "user",
    "department",
    "reference",
    "address",
    "attachment",
    "image",
    "auto_number",
    "sub_table",
]
WORDS: dict[str, dict[str, Any]] = {
    "option": {"options": [option("a"), option("b", retired=True)]},
    "multi_option": {"options": [option("a"), option("c")]},
    "reference": {"to": "customer"},
    "sub_table": {
        "columns": [field("n", "decimal", scale=2), field("t", required=True), field("d", "date")],
        "max_rows": 3,
    },
}
NUMBERS = st.one_of(st.integers(), st.decimals(allow_nan=True, allow_infinity=True), st.floats())
PLAUSIBLE = st.sampled_from(
    ["", "a", "b", "12", "-0.50", "2026-11-22", "2026-02-30", "2026-11-22T09:30:00+08:00", "0001-01-01T00:00:00+14:00",
     "+86 138 0013 8000", "li@acme.cn", "https://acme.cn", "true", " C-1 ", "\x00", "\ud800", "中文", "９", "1e5",
     to_text("usr", new_id()), to_text("fil", new_id())]
)  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=20), PLAUSIBLE)
KEYS = st.sampled_from(["amount", "currency", "city", "country", "n", "t", "d", "x", "a"])
VALUES = st.one_of(
    PLAUSIBLE,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8),
    st.fixed_dictionaries({"amount": st.sampled_from(["12.50", "x", 3]), "currency": st.sampled_from(["CNY", "cn"])}),
    st.lists(st.fixed_dictionaries({"n": PLAUSIBLE, "t": PLAUSIBLE}), max_size=4),
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    fields = []
    for index, kind in enumerate(draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=6))):
        more: dict[str, Any] = dict(WORDS.get(kind, {}))
        if kind != "auto_number" and draw(st.booleans()):
            more["required"] = True
        if draw(st.booleans()):
            more["view"] = ["boss"]
        if kind in ("text", "long_text", "email") and draw(st.booleans()):
            more |= {"max_length": 10, "pattern": "[a-z]+.*"}
        if kind in ("integer", "decimal") and draw(st.booleans()):
            more |= {"min": -5, "max": "1000"}
        if kind == "decimal":
            more["scale"] = 2
        if index and kind != "section" and draw(st.booleans()):
            more["visible_when"] = {"!=": [{"var": "order.note"}, None]}
        fields.append(field(f"f{index}", kind, **more))
    kinds = {one["key"]: one["type"] for one in fields}
    numeric = next((key for key, kind in kinds.items() if kind in ("integer", "decimal", "percent")), None)
    if numeric:
        fields.append(field("double", "formula", result="decimal", formula={"*": [{"var": f"order.cf.{numeric}"}, 2]}))
    table = next((key for key, kind in kinds.items() if kind == "sub_table"), None)
    if table:
        fields.append(field("added", "rollup", rollup={"op": "sum", "of": f"order.cf.{table}.n"}))
    return {"fields": fields}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.data())
def test_random_values_never_raise_and_what_is_accepted_stays_accepted(
    body: dict[str, Any], data: st.DataObject
) -> None:
    configuration = a_configuration({"fields/order": body})
    found = check_document("fields", "order", body, configuration)
    assert {one.code for one in found} <= {"tells_more"}
    fields = configuration.compiled("fields", "order")
    keys = st.sampled_from([*fields.fields, "unknown"])
    sent = data.draw(st.dictionaries(keys, VALUES, max_size=6))
    stored = data.draw(st.dictionaries(st.sampled_from(list(fields.fields)), VALUES, max_size=3))
    roles = data.draw(st.sampled_from([None, frozenset(), frozenset({"boss"})]))

    fields.wanted(sent, stored)
    fields.validate_values(sent, row=ROW, moment=MOMENT, role_keys=roles, stored=stored, known=Known())
    fields.validate_values(sent, row=ROW, moment=MOMENT, role_keys=roles, stored=stored, partial=True)
    outcome = fields.validate_values(sent, row=ROW, moment=MOMENT, role_keys=roles, stored=stored)
    for problem in outcome.problems:
        problem.message.format(**problem.facts)

    if not outcome.problems:
        text = dumps(outcome.values)
        kept = loads(text)
        shown = fields.visible_to(kept, roles)
        again = fields.validate_values(shown, row=ROW, moment=MOMENT, role_keys=roles, stored=kept)
        assert again.problems == []
        assert again.values == kept
        assert json.loads(dumps(again.values), parse_float=Decimal) == json.loads(text, parse_float=Decimal)
    fields.visible_to(outcome.values, roles)
