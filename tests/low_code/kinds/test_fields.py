from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from low_code.registry.checking import check_document
from tests.low_code.kinds.field_documents import ROW, field, option, order_fields, problems
from tests.support.low_code import MOMENT, a_configuration


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "Caf\u0065\u0301", "Café"),
        ("integer", "12", Decimal(12)),
        ("integer", Decimal("3.0"), Decimal(3)),
        ("decimal", "12.50", Decimal("12.50")),
        ("percent", 5, Decimal(5)),
        ("money", {"amount": "1000.10", "currency": "CNY"}, {"amount": "1000.10", "currency": "CNY"}),
        ("bool", True, True),
        ("bool", "false", False),
        ("date", "2026-11-22", "2026-11-22"),
        ("datetime", "2026-11-22T09:30:00+08:00", "2026-11-22T01:30:00Z"),
        ("phone", "+86 138 0013 8000", "+86 138 0013 8000"),
        ("email", "li.wei@acme.cn", "li.wei@acme.cn"),
        ("url", "https://acme.cn/a?b=1", "https://acme.cn/a?b=1"),
    ],
)
def test_values_are_read_by_type_and_kept_exactly(kind: str, given: Any, kept: Any) -> None:
    outcome = order_fields(field("it", kind)).validate_values({"it": given}, row=ROW, moment=MOMENT)

    assert outcome.problems == []
    assert outcome.values == {"it": kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 5),
        ("text", "nul\x00"),
        ("integer", "1.5"),
        ("integer", True),
        ("decimal", 0.1),
        ("decimal", "1e5"),
        ("decimal", Decimal("NaN")),
        ("money", "12.50"),
        ("money", {"amount": "1", "currency": "yuan"}),
        ("bool", 1),
        ("date", "22.11.2026"),
        ("datetime", "2026-11-22T09:30:00"),
        ("phone", "call me"),
        ("email", "li.wei"),
        ("url", "javascript:alert(1)"),
        ("multi_option", "a"),
    ],
)
def test_a_value_of_another_type_is_refused_at_its_field(kind: str, given: Any) -> None:
    options = {"options": [option("a")]} if kind == "multi_option" else {}

    assert problems(order_fields(field("it", kind, **options)), {"it": given}) == [("/it", "wrong_type")]


def test_required_is_asked_only_of_fields_that_are_shown() -> None:
    fields = order_fields(
        field("always", required=True),
        field("gift_text", required=True, visible_when={"==": [{"var": "order.cf.gift"}, True]}),
        field("gift", "bool"),
        field("reason", required_when={"var": "order.rush"}),
    )

    assert problems(fields, {}) == [("/always", "required"), ("/reason", "required")]
    assert problems(fields, {"gift": True, "always": "x", "reason": "y"}) == [("/gift_text", "required")]
    hidden = fields.validate_values({"gift_text": "kept"}, row=ROW, moment=MOMENT)
    assert hidden.hidden == {"gift_text"}
    assert hidden.values["gift_text"] == "kept"


def test_defaults_fill_what_was_not_sent_but_not_what_was_emptied() -> None:
    fields = order_fields(field("packing", default="box"))

    assert fields.validate_values({}, row=ROW, moment=MOMENT).values == {"packing": "box"}
    assert fields.validate_values({"packing": ""}, row=ROW, moment=MOMENT).values == {}


@pytest.mark.parametrize(
    ("definition", "given", "code"),
    [
        (field("it", "decimal", min="0.5"), "0.4", "too_little"),
        (field("it", "decimal", max=10), "10.01", "too_much"),
        (field("it", "money", max="100"), {"amount": "100.01", "currency": "CNY"}, "too_much"),
        (field("it", "date", min="2026-01-01"), "2025-12-31", "too_little"),
        (field("it", "decimal", scale=2), "1.005", "too_precise"),
        (field("it", max_length=3), "four", "too_long"),
        (field("it", pattern="[A-Z]{2}[0-9]+"), "AB12x", "wrong_form"),
        (field("it", "option", options=[option("a"), option("b", retired=True)]), "b", "option_unknown"),
        (field("it", "multi_option", options=[option("a")]), ["a", "z"], "option_unknown"),
    ],
)
def test_constraints_hold(definition: dict[str, Any], given: Any, code: str) -> None:
    assert problems(order_fields(definition), {"it": given}) == [("/it", code)]


def test_a_hostile_pattern_costs_no_time() -> None:
    fields = order_fields(field("it", pattern="(a+)+b"))

    assert problems(fields, {"it": "a" * 400}) == [("/it", "wrong_form")]


def test_a_role_changes_only_what_it_may_edit() -> None:
    fields = order_fields(field("margin", view=["finance"], edit=["finance"]), field("note"))
    sales, finance = frozenset({"sales"}), frozenset({"finance"})

    assert problems(fields, {"margin": "5"}, role_keys=sales, stored={"margin": "4"}) == [("/margin", "not_yours")]
    # The same answer whatever is kept: else one could guess until it changes.
    assert problems(fields, {"margin": "4"}, role_keys=sales, stored={"margin": "4"}) == [("/margin", "not_yours")]
    assert problems(fields, {"margin": "5"}, role_keys=finance) == []
    assert fields.visible_to({"margin": "5", "note": "n"}, sales) == {"note": "n"}


def test_a_field_is_read_only_when_its_condition_holds() -> None:
    fields = order_fields(field("gate", readonly_when={"var": "order.rush"}))

    assert problems(fields, {"gate": "3"}, role_keys=frozenset({"sales"})) == [("/gate", "read_only")]
    assert problems(fields, {"gate": "3"}) == []


def test_a_partial_change_asks_nothing_of_other_fields() -> None:
    fields = order_fields(field("a", required=True), field("b"), field("c", default="x"))

    outcome = fields.validate_values({"b": "new"}, row=ROW, moment=MOMENT, stored={"a": "kept"}, partial=True)

    assert (outcome.problems, outcome.values) == ([], {"a": "kept", "b": "new"})
    assert problems(fields, {"a": None}, stored={"a": "kept"}, partial=True) == [("/a", "required")]


def test_unknown_and_retired_fields_take_no_values_but_keep_the_old() -> None:
    fields = order_fields(field("old", retired=True))

    assert problems(fields, {"old": "x", "nope": 1}) == [("/old", "field_retired"), ("/nope", "field_unknown")]
    kept = fields.validate_values({}, row=ROW, moment=MOMENT, stored={"old": "x"})
    assert (kept.values, fields.visible_to(kept.values, None)) == ({"old": "x"}, {})


@pytest.mark.parametrize(
    ("definition", "pointer", "code"),
    [
        (field("a", "option"), "/fields/0", "options_missing"),
        (field("a", options=[option("x")]), "/fields/0/options", "not_for_type"),
        (field("a", "bool", min=1), "/fields/0/min", "not_for_type"),
        (field("a", "date", min="soon"), "/fields/0/min", "bad_bound"),
        (field("a", "integer", min=5, max=4), "/fields/0/min", "bounds_crossed"),
        (field("a", pattern="(["), "/fields/0/pattern", "bad_pattern"),
        (field("a", "integer", default="many"), "/fields/0/default", "bad_default"),
        (field("a", group="g"), "/fields/0/group", "group_unknown"),
        (field("a", visible_when={">": [{"var": "order.cf.b"}, 1]}), "/fields/0/visible_when/>/0", "unknown_field"),
        (field("a", visible_when={"var": "order.total"}), "/fields/0/visible_when", "wrong_result"),
    ],
)
def test_a_definition_that_means_nothing_is_found(definition: dict[str, Any], pointer: str, code: str) -> None:
    body = {"fields": [definition]}

    found = check_document("fields", "order", body, a_configuration({"fields/order": body}))

    assert (pointer, code) in [(problem.pointer, problem.code) for problem in found]


def test_what_values_depend_on_never_changes() -> None:
    before = {"fields": [field("a"), field("b", "option", options=[option("x"), option("y")]), field("c")]}
    after = {"fields": [{**field("a"), "key": "z"}, field("b", "option", options=[option("y")])]}
    now = a_configuration({"fields/order": before})

    found = check_document("fields", "order", after, a_configuration({"fields/order": after}, previous=now))

    assert sorted(problem.code for problem in found) == ["field_not_retired", "key_changed", "option_not_retired"]


def test_conditions_of_other_documents_read_a_tenants_fields() -> None:
    configuration = a_configuration(
        {
            "fields/order": {"fields": [field("grade", "option", options=[option("a"), option("b")])]},
            "fields/order_line": {"fields": [field("weight", "decimal")]},
        }
    )

    subject = configuration.subject("order")

    assert subject.fields["order.cf.grade"].type.options == {"a", "b"}
    assert "cf.weight" in subject.rows["order.lines"]
