"""What holds for every kind, and what is particular to the small ones."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from low_code.registry import Configuration, Sample
from low_code.registry.annotations import annotated_values
from low_code.registry.checking import check_configuration, check_document
from tests.support.approvals import People, person
from tests.support.low_code import (
    MOMENT,
    a_configuration,
    above,
    build_registry,
    hold_when,
    named,
    registry,
    review_rules,
    starting_documents,
)

KINDS = sorted(registry().kinds)


def test_the_documents_that_a_tenant_starts_with_are_right() -> None:
    assert check_configuration(a_configuration(starting_documents())) == {}


def some_documents() -> dict[str, Any]:
    """One document of every kind at least."""
    documents = starting_documents()
    documents["review_rules/standard"] = review_rules(hold_when("big", above("10")))
    documents["approval_flow/big"] = a_flow()
    documents["price_rule/tiers"] = a_price_rule()
    documents["decision_table/fees"] = {**a_price_rule(), "subject": "order"}
    documents["promotion/spring"] = {
        "name": named("Spring"),
        "when": above("100"),
        "lines": {"==": [{"var": "line.sku"}, "A"]},
        "effect": {"do": "percent", "value": "5"},
    }
    documents["condition/big"] = {"name": named("Big"), "subject": "order", "when": above("1000")}
    documents["order_type/standard"] |= {"approvals": ["big"], "price_rules": ["tiers"], "promotions": ["spring"]}
    return documents


def a_flow(**more: Any) -> dict[str, Any]:
    return {
        "name": named("Big orders", "大额订单"),
        "subject": {"of": "order", "watch": ["order.total", "order.lines"]},
        "trigger": {"when": above("1000")},
        "steps": [
            {"id": "n1", "type": "approve", "mode": "all", "who": [{"role": "finance"}, {"field": "order.sales_rep"}]},
            {
                "id": "b1",
                "type": "branch",
                "cases": [
                    {
                        "id": "c1",
                        "when": above("9000"),
                        "steps": [{"id": "n2", "type": "approve", "who": [{"role": "boss"}]}],
                    },
                    {"id": "c0", "else": True, "steps": []},
                ],
            },
            {"id": "c", "type": "cc", "who": [{"submitter": True}]},
        ],
        **more,
    }


def a_price_rule() -> dict[str, Any]:
    return {
        "name": named("Tiers"),
        "table": {
            "hit": "F",
            "inputs": [{"id": "i1", "expr": {"var": "order.total"}}],
            "outputs": [{"id": "o1", "name": "discount_percent", "type": "number", "default": "0"}],
            "rows": [
                {"id": "r1", "when": {"i1": {"ge": "1000"}}, "then": {"o1": "10"}},
                {"id": "r2", "when": {"i1": {"ge": "500"}}, "then": {"o1": "5"}},
            ],
        },
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_compiles_explains_and_simulates(name: str) -> None:
    configuration = a_configuration(some_documents())
    assert check_configuration(configuration) == {}
    kind, key = registry().kinds[name], configuration.keys(name)[0]
    options = {"directory": People(roles={"finance": ["fay"]}), "submitter": person("sam")}
    values = {"order": {"total": Decimal(5000), "channel": "shop", "rush": False, "lines": []}}

    outcome = kind.simulate(configuration.compiled(name, key), Sample(values=values, moment=MOMENT, options=options))

    assert isinstance(outcome, dict)
    body = configuration.body(name, key)
    for locale in ("en", "zh-CN"):
        assert all("{" not in sentence for sentence in kind.explain(key, body, configuration, locale))


@pytest.mark.parametrize("name", KINDS)
def test_every_title_of_a_schema_is_said_in_both_languages(name: str) -> None:
    def untranslated(node: Any) -> list[str]:
        if isinstance(node, list):
            return [title for item in node for title in untranslated(item)]
        if not isinstance(node, dict):
            return []
        own = [node["title"]] if isinstance(node.get("title"), str) and "title" not in node.get("x-zh", {}) else []
        own += [node["description"]] if "description" in node and "description" not in node.get("x-zh", {}) else []
        return own + [title for name, item in node.items() if name != "x-zh" for title in untranslated(item)]

    assert untranslated(registry().kinds[name].schema) == []


def test_adding_a_kind_is_adding_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "more_kinds" / "greeting"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "schema.json").write_text('{"type": "object", "properties": {"number": {"x-ref": "numbering"}}}')
    (folder / "check.py").write_text("def check(key, body, configuration): return []")
    (folder / "compile.py").write_text("def compile_document(key, body, configuration): return body['text']")
    (folder / "explain.py").write_text("def explain(key, body, configuration, locale): return []")
    (folder / "simulate.py").write_text("def simulate(compiled, sample): return {'says': compiled}")
    (folder / "defaults.py").write_text("def defaults(registry): return {}")
    monkeypatch.syspath_prepend(str(tmp_path))
    more: ModuleType = __import__("more_kinds")

    larger = build_registry(more)
    configuration = Configuration(larger, {"greeting/hello": {"text": "hi", "number": "none"}})

    assert configuration.compiled("greeting", "hello") == "hi"
    assert [problem.code for problem in check_configuration(configuration)["greeting/hello"]] == ["reference_unknown"]
    for name in [name for name in sys.modules if name.startswith("more_kinds")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"pattern": "SO-{seq:6}"}, []),
        ({"pattern": "SO-{yyyy}{mm}-{seq:6}", "reset": "month"}, []),
        ({"pattern": "SO-{yyyy}"}, ["one_counter"]),
        ({"pattern": "{seq:4}{seq:4}"}, ["one_counter"]),
        ({"pattern": "SO-{seq}"}, ["token_unknown"]),
        ({"pattern": "{week}{seq:4}"}, ["token_unknown"]),
        ({"pattern": "SO}{seq:4}"}, ["stray_brace"]),
        ({"pattern": "{mm}-{seq:4}", "reset": "month"}, ["numbers_would_repeat"]),
    ],
)
def test_a_pattern_of_numbers_is_checked(body: dict[str, Any], codes: list[str]) -> None:
    found = check_document("numbering", "n", {"name": named("N"), **body}, a_configuration())

    assert [problem.code for problem in found] == codes


def test_numbers_show_day_and_counter_and_outgrow_their_digits() -> None:
    body = {"name": named("N"), "pattern": "SO-{yy}{mm}{dd}-{seq:3}", "reset": "day"}
    numbering = a_configuration({"numbering/n": body}).compiled("numbering", "n")

    assert numbering.render(date(2026, 3, 9), 7) == "SO-260309-007"
    assert numbering.render(date(2026, 3, 9), 12345) == "SO-260309-12345"
    assert numbering.period(date(2026, 3, 9)) == "2026-03-09"


def codes(kind: str, body: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    found = check_document(kind, "k", body, a_configuration({f"{kind}/k": body}, **more))
    return [(problem.pointer, problem.code) for problem in found]


def test_an_order_type_names_documents_and_words_that_exist() -> None:
    body = starting_documents()["order_type/standard"] | {
        "numbering": "none",
        "channels": ["fax"],
        "approvals": ["nope"],
        "credit": {"policy": "block"},
        "field_groups": ["gone"],
    }

    assert set(codes("order_type", body)) == {
        ("/channels/0", "term_unknown"),
        ("/numbering", "reference_unknown"),
        ("/review_rules", "reference_unknown"),
        ("/allocation_rule", "reference_unknown"),
        ("/approvals/0", "reference_unknown"),
        ("/credit/check_at", "credit_never_checked"),
        ("/field_groups/0", "group_unknown"),
    }


def test_a_strategy_brings_the_schema_of_its_settings() -> None:
    def rule(*strategies: dict[str, Any]) -> dict[str, Any]:
        return {"name": named("R"), "strategies": list(strategies)}

    assert codes("allocation_rule", rule({"id": "s1", "strategy": "in_region", "params": {"regions": ["east"]}})) == []
    assert codes("allocation_rule", rule({"id": "s1", "strategy": "in_region", "params": {"regions": 5}})) == [
        ("/strategies/0/params/regions", "schema_type")
    ]
    assert codes("allocation_rule", rule({"id": "s1", "strategy": "in_region"})) == [
        ("/strategies/0", "needs_settings")
    ]
    assert codes("allocation_rule", rule({"id": "s1", "strategy": "fewest_splits", "params": {"x": 1}})) == [
        ("/strategies/0/params", "no_params")
    ]


def test_an_allocation_rule_filters_by_tag_and_condition() -> None:
    body = {
        "name": named("R"),
        "only": {"tags": ["web"], "when": {"==": [{"var": "location.region"}, "east"]}},
        "strategies": [{"id": "s1", "strategy": "fewest_splits"}],
    }
    rule = a_configuration({"allocation_rule/k": body}).compiled("allocation_rule", "k")

    east, west = {"location": {"region": "east"}}, {"location": {"region": "west"}}
    assert rule.may_ship(frozenset({"web", "b2b"}), east, MOMENT)
    assert not rule.may_ship(frozenset({"b2b"}), east, MOMENT)
    assert not rule.may_ship(frozenset({"web"}), west, MOMENT)


def test_a_flow_that_could_get_lost_is_refused() -> None:
    flow = a_flow(subject={"of": "spaceship"})
    assert ("/subject/of", "subject_unknown") in codes("approval_flow", flow)

    branch = a_flow()["steps"][1]
    no_else = a_flow(steps=[{**branch, "cases": branch["cases"][:1]}])
    assert ("/steps/0/cases", "else_last") in codes("approval_flow", no_else)
    else_first = a_flow(steps=[{**branch, "cases": branch["cases"][::-1]}])
    assert ("/steps/0/cases", "else_last") in codes("approval_flow", else_first)

    twins = a_flow(steps=[*a_flow()["steps"], {"id": "n2", "type": "cc", "who": [{"submitter": True}]}])
    assert [place for place, code in codes("approval_flow", twins) if code == "id_repeated"] == [
        "/steps/1/cases/0/steps/0/id",
        "/steps/3/id",
    ]


def test_a_flow_names_people_and_fields_that_exist() -> None:
    found = codes("approval_flow", a_flow(), outside={"roles": frozenset({"boss"}), "users": frozenset()})
    assert found == [("/steps/0/who/0/role", "outside_unknown")]

    wrong = a_flow(subject={"of": "order", "watch": ["order.colour"]})
    assert codes("approval_flow", wrong) == [("/subject/watch/0", "unknown_field")]


def test_a_wrong_step_is_pointed_at_where_it_is_wrong() -> None:
    flow = a_flow(steps=[{"id": "n1", "type": "approve", "mode": "most", "who": [{"role": "boss"}]}])

    assert codes("approval_flow", flow) == [("/steps/0/mode", "schema_enum")]


def test_a_price_rule_gives_what_pricing_knows() -> None:
    body = a_price_rule()
    compiled = a_configuration({"price_rule/k": body}).compiled("price_rule", "k")

    result = compiled.evaluate({"order": {"total": Decimal(700)}}, MOMENT)

    assert (result.outputs, result.row_ids) == ({"discount_percent": Decimal(5)}, ("r2",))
    trace = compiled.trace("price", {"order": {"total": Decimal(700)}}, MOMENT)
    assert (trace.winner.id, trace.losers[0].reason) == ("r2", "A condition of this row does not hold.")

    body["table"]["outputs"][0] |= {"type": "string"}
    assert ("/table/outputs/0/type", "wrong_output_type") in codes("price_rule", body)
    body["table"]["outputs"][0] |= {"name": "magic"}
    assert ("/table/outputs/0/name", "term_unknown") in codes("price_rule", body)


def test_annotations_are_found_behind_references_and_alternatives() -> None:
    schema = registry().kinds["approval_flow"].schema

    places = [found.pointer for found in annotated_values(schema, a_flow()) if "x-expression" in found.schema]

    assert sorted(set(places)) == ["/steps/1/cases/0/when", "/trigger/when"]


def test_an_order_type_says_everything_that_it_settles() -> None:
    full = {
        "unknown_buyers": "create", "duplicates": {"window_hours": 24, "same": ["buyer", "amount"], "then": "note"},
        "prices": {"on_change": "reprice", "convert": True, "floor": {"below_list_percent": "10", "then": "hold"}},
        "payment_terms_days": 30, "prepayment_percent": 25, "allocate_days_ahead": 7,
        "buyer_requests": {"change": "ask", "cancel": "at_once", "until": "shipped", "within_hours": 2},
    }  # fmt: skip
    configuration = a_configuration(some_documents())
    (key, *_) = configuration.keys("order_type")
    body = {**configuration.body("order_type", key), **full}  # type: ignore[dict-item]
    kind = registry().kinds["order_type"]

    english, chinese = kind.explain(key, body, configuration, "en"), kind.explain(key, body, configuration, "zh-CN")

    assert len(english) == len(chinese) and not set(english) & set(chinese)
    for sentence in (
        "Buyers whom nobody knows are made known by their order.",
        "It is noted where an order of the 24 hours before has the same: buyer, amount.",
        "It is held where a price lies more than 10 % below the list price.",
        "It is priced anew when the order is changed.",
        "Invoices are due after 30 days.",
        "25 % of the total is paid before it is processed.",
        "Planned deliveries are promised stock 7 days before their day.",
        "Buyers may cancel it until it is shipped.",
        "For that they have 2 hours from when it is placed.",
    ):
        assert sentence in english


def test_of_a_form_that_is_named_only_what_it_lacks_is_said() -> None:
    """A set without its price is not told that it is none of six forms."""
    part = {"id": "a", "lines": {"==": [{"var": "line.sku"}, "A"]}, "quantity": 1}
    configuration = a_configuration(starting_documents())

    def found(effect: dict[str, Any]) -> list[tuple[str, str]]:
        body = {"name": named("Set"), "currency": "EUR", "effect": effect}
        return [(one.pointer, one.code) for one in check_document("promotion", "set", body, configuration)]

    assert found({"do": "bundle", "parts": [part]}) == [("/effect", "schema_required")]
    assert found({"do": "bundle", "parts": [{**part, "units": 1}], "price": "5"}) == [
        ("/effect/parts/0/units", "schema_additional_properties")
    ]
