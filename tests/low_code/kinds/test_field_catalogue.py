"""The whole catalogue: what each type takes, keeps and refuses, and what is computed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.i18n import speaking, translate
from kernel.ids import to_text
from low_code.expressions import ROWS, compile_sql
from low_code.expressions.sql_binding import SqlBinding
from low_code.kinds.fields.known import Known
from low_code.kinds.fields.mask import masked
from low_code.registry.checking import checked_expression
from tests.low_code.kinds.field_documents import ROW, field, findings, kept, option, order_fields, problems
from tests.support.low_code import MOMENT, a_configuration

PERSON = UUID("7d1f2c9e-0f0e-4a52-9a5e-3f9f2a6f7b11")
FILE = to_text("fil", UUID(int=1))
COLUMNS = [field("sku", required=True), field("qty", "integer", min=1), field("grade", "option", options=[option("a")])]
DEFINITIONS: dict[str, dict[str, Any]] = {
    "option": {"options": [option("a"), option("b", retired=True)]},
    "multi_option": {"options": [option("a"), option("c")]},
    "sub_table": {"columns": COLUMNS, "max_rows": 2},
    "reference": {"to": "customer"},
    "attachment": {"max_files": 2},
}


def of_type(kind: str) -> Any:
    return order_fields(field("it", kind, **DEFINITIONS.get(kind, {})))


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("long_text", "two\nlines", "two\nlines"),
        ("multi_option", ["c", "a", "c"], ["c", "a"]),
        ("user", str(PERSON), str(PERSON)),
        ("user", to_text("usr", PERSON), str(PERSON)),
        ("user", "Li.Wei@Acme.cn", "li.wei@acme.cn"),
        ("department", " sales ", "sales"),
        ("reference", " C-1 ", "C-1"),
        ("address", {"city": "杭州", "country": "CN", "phone": ""}, {"city": "杭州", "country": "CN"}),
        ("attachment", [FILE], [FILE]),
        ("image", FILE, [FILE]),
        ("sub_table", [{"sku": "A", "qty": "2"}, {}, {"sku": ""}], [{"sku": "A", "qty": Decimal(2)}]),
        ("sub_table", [{"grade": "a", "sku": "B"}], [{"sku": "B", "grade": "a"}]),
    ],
)
def test_what_each_type_keeps(kind: str, given: Any, value: Any) -> None:
    assert kept(of_type(kind), {"it": given}) == {"it": value}


@pytest.mark.parametrize(
    ("kind", "given", "at", "code"),
    [
        ("user", "nobody in particular", "/it", "wrong_type"),
        ("reference", "x" * 201, "/it", "wrong_type"),
        ("reference", 5, "/it", "wrong_type"),
        ("address", {"city": "Hamburg", "country": "Germany"}, "/it", "wrong_type"),
        ("address", {"planet": "Mars"}, "/it", "wrong_type"),
        ("address", {"city": " "}, "/it", "wrong_type"),
        ("address", "Main St 1", "/it", "wrong_type"),
        ("attachment", ["ord_1"], "/it", "wrong_type"),
        ("attachment", [to_text("fil", UUID(int=n)) for n in range(3)], "/it", "too_many_files"),
        ("image", [FILE, to_text("fil", UUID(int=2))], "/it", "too_many_files"),
        ("sub_table", {"sku": "A"}, "/it", "wrong_type"),
        ("sub_table", ["A"], "/it", "wrong_type"),
        ("sub_table", [{"sku": "A"}, {"sku": "B", "qty": "many"}], "/it/1/qty", "wrong_type"),
        ("sub_table", [{"sku": "A", "colour": "red"}], "/it/0/colour", "wrong_type"),
        ("sub_table", [{"qty": 1}], "/it/0/sku", "required"),
        ("sub_table", [{"sku": "A", "qty": 0}], "/it/0/qty", "too_little"),
        ("sub_table", [{"sku": "A", "grade": "z"}], "/it/0/grade", "option_unknown"),
        ("sub_table", [{"sku": "A"}] * 3, "/it", "too_many_rows"),
        ("datetime", "9999-12-31T23:59:59-08:00", "/it", "wrong_type"),
        ("section", "text", "/it", "no_value"),
        ("auto_number", "T-1", "/it", "computed"),
    ],
)
def test_what_does_not_fit_is_said_at_its_place_in_both_languages(kind: str, given: Any, at: str, code: str) -> None:
    outcome = of_type(kind).validate_values({"it": given}, row=ROW, moment=MOMENT)

    assert [(problem.pointer, problem.code) for problem in outcome.problems] == [(at, code)]
    (problem,) = outcome.problems
    english, chinese = (translate(problem.message, locale, problem.facts) for locale in ("en", "zh-CN"))
    assert english != chinese
    assert "{" not in english + chinese


def test_what_a_value_names_must_exist_and_a_person_is_kept_by_id() -> None:
    fields = order_fields(field("who", "user"), field("partner", "reference", to="customer"))
    known = Known({("user", "li@acme.cn"): {"id": str(PERSON)}, ("customer", "C-1"): {"name": "Tea House"}})

    assert fields.wanted({"who": "LI@acme.cn", "partner": "C-1"}) == {("user", "li@acme.cn"), ("customer", "C-1")}
    good = kept(fields, {"who": "li@acme.cn", "partner": "C-1"}, known=known)
    assert good == {"who": str(PERSON), "partner": "C-1"}
    assert problems(fields, {"who": "x@acme.cn", "partner": "C-9"}, known=known) == [
        ("/who", "reference_unknown"),
        ("/partner", "reference_unknown"),
    ]
    assert problems(fields, {"partner": "C-9"}, known=known, stored={"partner": "C-9"}) == []


def test_computed_fields_follow_one_another_in_the_order_of_what_they_read() -> None:
    fields = order_fields(
        field("gross", "formula", result="decimal", scale=2, formula={"*": [{"var": "order.cf.net"}, {"dec": "1.19"}]}),
        field("net", "formula", result="decimal", formula={"+": [{"var": "order.cf.base"}, {"var": "order.total"}]}),
        field("base", "decimal", default_expr={"if": [{"var": "order.rush"}, 10, 5]}),
    )

    assert kept(fields, {}) == {"base": Decimal(10), "net": Decimal(110), "gross": Decimal("130.9")}
    assert kept(fields, {"base": "1"}, stored={"base": Decimal(10), "net": Decimal(110)})["net"] == 101
    assert problems(fields, {"net": "5"}) == [("/net", "computed")]
    assert problems(fields, {"net": "110"}) == []


def test_a_default_by_expression_fills_what_was_not_sent_but_not_what_was_emptied() -> None:
    fields = order_fields(field("note", default_expr={"cat": ["rush ", {"var": "order.note"}]}))

    row = {"order": {**ROW["order"], "note": "soon"}}

    assert kept(fields, {}, row=row) == {"note": "rush soon"}
    assert kept(fields, {"note": ""}) == {}
    assert kept(fields, {"note": None}, stored={"note": "kept"}) == {}


def test_a_lookup_copies_a_field_in_reach_or_of_what_a_reference_names() -> None:
    fields = order_fields(
        field("partner", "reference", to="customer"),
        field("region", "lookup", result="text", lookup={"through": "partner", "field": "name"}),
        field("level", "lookup", result="text", lookup={"path": "customer.level"}),
    )
    known = Known({("customer", "C-1"): {"name": "Tea House"}})
    row = {**ROW, "customer": {"level": "gold"}}

    first = kept(fields, {"partner": "C-1"}, known=known, row=row)

    assert first == {"partner": "C-1", "region": "Tea House", "level": "gold"}
    assert kept(fields, {"partner": ""}, known=Known(), row=ROW, stored=first) == {}


def test_a_roll_up_goes_over_lines_and_over_a_sub_table() -> None:
    fields = order_fields(
        field("units", "rollup", rollup={"op": "sum", "of": "order.lines.qty"}),
        field("lines", "rollup", result="integer", rollup={"op": "count", "of": "order.lines"}),
        field("parts", "sub_table", columns=[field("n", "integer"), field("on", "date")]),
        field("most", "rollup", rollup={"op": "max", "of": "order.cf.parts.n"}),
        field("first", "rollup", result="date", rollup={"op": "min", "of": "order.cf.parts.on"}),
        field("filled", "rollup", result="integer", rollup={"op": "count", "of": "order.cf.parts.n"}),
    )
    row = {"order": {**ROW["order"], "lines": [{"qty": Decimal(2)}, {"qty": Decimal("0.5")}]}}

    parts = [{"n": 3, "on": "2026-11-22"}, {"n": "7"}, {"on": "2026-01-02"}]
    values = kept(fields, {"parts": parts}, row=row)

    assert (values["units"], values["lines"], values["most"]) == (Decimal("2.5"), 2, 7)
    assert (values["first"], values["filled"]) == ("2026-01-02", 2)


def test_an_auto_number_is_taken_once() -> None:
    fields = order_fields(field("ticket", "auto_number", number={"prefix": "T-", "digits": 4, "start": 7}))

    (wanted,) = fields.numbers_wanted({})
    assert wanted.numbering is not None
    number = wanted.numbering.render(1)
    first = kept(fields, {}, known=Known(numbers={"ticket": number}))

    assert first == {"ticket": "T-0007"}
    assert fields.numbers_wanted(first) == []
    assert kept(fields, {"ticket": "T-0007"}, stored=first, known=Known()) == first


def test_expressions_read_parts_of_an_address_and_rows_of_a_sub_table() -> None:
    body = {"fields": [field("site", "address"), field("parts", "sub_table", columns=[field("n", "integer")])]}
    configuration = a_configuration({"fields/order": body})
    subject = configuration.subject("order")

    city = checked_expression({"==": [{"var": "order.cf.site.city"}, "Hamburg"]}, subject)
    many = checked_expression({"some": [{"var": "order.cf.parts"}, {">": [{"var": "n"}, 2]}]}, subject)

    assert subject.fields["order.cf.parts"].type == ROWS
    binding = SqlBinding(json={"order.cf": "o.custom"})
    assert "(o.custom -> 'site')" in compile_sql(city, binding).text
    assert "jsonb_array_elements" in compile_sql(many, binding).text
    assert {found[1][2] for found in configuration.tenant_fields.values()} == {"site", "parts"}


@pytest.mark.parametrize(
    ("roles", "seen"),
    [(None, "4711-0815"), ({"finance"}, "4711-0815"), ({"sales"}, "••••0815"), ({"sales", "finance"}, "4711-0815"), (set(), None)],
)  # fmt: skip
def test_a_value_is_seen_whole_masked_or_not_at_all(roles: set[str] | None, seen: str | None) -> None:
    fields = order_fields(field("account", view=["finance"], mask={"roles": ["sales"]}), field("open"))

    shown = fields.visible_to({"account": "4711-0815", "open": "x"}, None if roles is None else frozenset(roles))

    assert shown == {"open": "x", **({"account": seen} if seen else {})}


def test_a_mask_without_viewers_hides_from_those_who_have_nothing_better() -> None:
    account = order_fields(field("account", mask={"roles": ["sales"], "keep": 0})).fields["account"]

    assert account.seen_as("4711", frozenset({"sales"})) == "••••"
    assert account.seen_as("4711", frozenset()) == "••••"
    assert account.seen_as("4711", frozenset({"sales", "operator"})) == "4711"


def test_a_masked_value_that_comes_back_as_shown_changes_nothing_and_no_other_is_taken() -> None:
    fields = order_fields(field("account", mask={"roles": ["sales"]}))
    sales, stored = frozenset({"sales"}), {"account": "4711-0815"}

    assert kept(fields, {"account": "••••0815"}, role_keys=sales, stored=stored) == stored
    for guess in ("4711-0815", "4711-0816", ""):
        assert problems(fields, {"account": guess}, role_keys=sales, stored=stored) == [("/account", "not_yours")]


def test_a_masked_computed_value_cannot_be_guessed_either() -> None:
    fields = order_fields(
        field(
            "margin", "formula", result="decimal", formula={"var": "order.total"}, mask={"roles": ["sales"], "keep": 0}
        )
    )

    for guess in ("100", "99"):
        assert problems(fields, {"margin": guess}, role_keys=frozenset({"sales"})) == [("/margin", "computed")]
    assert problems(fields, {"margin": masked(Decimal(100), 0)}, role_keys=frozenset({"sales"})) == []


def test_nobody_is_asked_for_what_he_cannot_enter() -> None:
    fields = order_fields(field("margin", required=True, edit=["finance"]))

    assert problems(fields, {}, role_keys=frozenset({"sales"})) == []
    assert problems(fields, {}, role_keys=frozenset({"finance"})) == [("/margin", "required")]


def test_stored_rubbish_is_dropped_and_never_a_crash() -> None:
    fields = order_fields(field("n", "integer"), field("o", "option", options=[option("a")]), field("m", "money"))

    assert kept(fields, {}, stored={"n": "many", "o": 5, "m": 3, "gone": [1]}) == {"gone": [1]}


def test_labels_speak_the_readers_language() -> None:
    definition = field("po", required=True, labels={"en": "Order number", "zh-CN": "采购单号"})
    with speaking("zh-CN"):
        (problem,) = order_fields(definition).validate_values({}, row=ROW, moment=MOMENT).problems

    assert problem.facts == {"label": "采购单号"}


@pytest.mark.parametrize(
    ("definition", "pointer", "code"),
    [
        (field("a", "reference"), "/fields/0", "word_missing"),
        (field("a", "reference", to="moon"), "/fields/0/to", "term_unknown"),
        (field("a", "formula", result="text"), "/fields/0", "word_missing"),
        (field("a", "formula", result="text", formula={"var": "order.total"}), "/fields/0/formula", "wrong_result"),
        (field("a", "formula", result="decimal", formula={"var": "order.nope"}), "/fields/0/formula", "unknown_field"),
        (field("a", "formula", result="decimal", formula={"var": "order.total"}, required=True), "/fields/0/required", "not_for_type"),
        (field("a", formula={"var": "order.total"}), "/fields/0/formula", "not_for_type"),
        (field("a", "lookup", result="text", lookup={"path": "order.note", "through": "b"}), "/fields/0/lookup", "lookup_one_way"),
        (field("a", "lookup", result="text", lookup={"path": "order.lines.sku"}), "/fields/0/lookup/path", "not_one_value"),
        (field("a", "lookup", result="text", lookup={"through": "b", "field": "name"}), "/fields/0/lookup/through", "not_a_reference"),
        (field("a", "rollup", rollup={"op": "sum", "of": "order.total"}), "/fields/0/rollup/of", "not_of_rows"),
        (field("a", "rollup", rollup={"op": "sum", "of": "order.lines.sku"}), "/fields/0/rollup/of", "not_added"),
        (field("a", "sub_table"), "/fields/0", "word_missing"),
        (field("a", "sub_table", columns=[field("x"), field("x")]), "/fields/0/columns/1/key", "key_repeated"),
        (field("a", "sub_table", columns=[field("x", "option")]), "/fields/0/columns/0", "options_missing"),
        (field("a", default="x", default_expr={"var": "order.note"}), "/fields/0/default_expr", "two_defaults"),
        (field("a", "integer", default_expr={"var": "order.note"}), "/fields/0/default_expr", "wrong_result"),
        (field("a", "image", slot=True), "/fields/0/slot", "not_for_type"),
        (field("a", "integer", search="text"), "/fields/0/search", "not_for_type"),
        (field("a", view=["x"], mask={"roles": ["x"]}), "/fields/0/mask/roles", "mask_of_viewer"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_work_is_found(definition: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in findings(definition)


def test_a_lookup_takes_only_what_its_target_has_and_of_its_type() -> None:
    partner = field("partner", "reference", to="customer")

    def looked_up(name: str, result: str) -> list[tuple[str, str]]:
        lookup = field("a", "lookup", result=result, lookup={"through": "partner", "field": name})
        return findings(partner, lookup)

    assert looked_up("name", "text") == []
    assert looked_up("name", "integer") == [("/fields/1/lookup/field", "wrong_result")]
    assert looked_up("shoe_size", "text") == [("/fields/1/lookup/field", "field_unknown")]


def test_a_circle_is_refused_and_named() -> None:
    def plus_one(key: str, of: str) -> dict[str, Any]:
        return field(key, "formula", result="decimal", formula={"+": [{"var": of}, 1]})

    circle = [plus_one("a", "order.cf.b"), plus_one("b", "order.cf.c"), plus_one("c", "order.cf.a")]
    body = {"fields": circle}
    configuration = a_configuration({"fields/order": body})

    (found,) = configuration.registry.kinds["fields"].check("order", body, configuration)

    assert found.code == "cycle"
    assert set(str(found.facts["cycle"]).split(" → ")) == {"a", "b", "c"}


def test_a_circle_over_two_entities_is_found_in_both() -> None:
    line = field("cost", "formula", result="decimal", formula={"var": "order.cf.rate"})
    order = field("rate", "rollup", rollup={"op": "sum", "of": "order.lines.cf.cost"})

    assert ("/fields/0", "cycle") in findings(order, **{"fields/order_line": {"fields": [line]}})
    assert ("/fields/0", "cycle") in findings(line, entity="order_line", **{"fields/order": {"fields": [order]}})


def test_a_formula_that_tells_more_people_than_what_it_reads_is_warned_of() -> None:
    secret = field("cost", "decimal", view=["finance"])
    open_one = field("twice", "formula", result="decimal", formula={"*": [{"var": "order.cf.cost"}, 2]})

    assert findings(secret, open_one) == [("/fields/1", "tells_more")]
    assert findings(secret, {**open_one, "view": ["finance"]}) == []


def test_only_so_many_fields_of_a_kind_are_indexed() -> None:
    numbers = [field(f"n{index}", "integer", slot=True) for index in range(7)]

    assert findings(*numbers) == [("/fields/6/slot", "too_many_slots")]
    assert findings(*numbers[:6], {**numbers[6], "retired": True}) == []


def test_a_field_that_something_refers_to_is_not_removed_and_every_place_is_named() -> None:
    old = {"fields": [field("vip", "bool", retired=True), field("note", visible_when={"var": "order.cf.vip"})]}
    rule = {"name": {"en": "R"}, "rules": [
        {"id": "r1", "name": {"en": "R1"}, "when": {"var": "order.cf.vip"}, "outcome": {"do": "pass"}},
        {"id": "r2", "name": {"en": "R2"}, "when": {"!": [{"var": "order.cf.vip"}]}, "outcome": {"do": "pass"}},
    ]}  # fmt: skip
    new = {"fields": [field("note")]}
    before = a_configuration({"fields/order": old, "review_rules/standard": rule})
    after = a_configuration({"fields/order": new, "review_rules/standard": rule}, previous=before)

    found = after.registry.kinds["fields"].check("order", new, after)

    assert [(one.code, one.facts["key"], one.facts["place"]) for one in found] == [
        ("field_still_referred", "standard", "/rules/0/when"),
        ("field_still_referred", "standard", "/rules/1/when"),
    ]
    freed = a_configuration({"fields/order": new}, previous=before)
    assert freed.registry.kinds["fields"].check("order", new, freed) == []


def test_the_key_of_a_removed_field_waits_for_its_values_to_be_purged() -> None:
    body = {"fields": [field("vip", "bool")]}
    configuration = a_configuration({"fields/order": body}, outside={"kept_keys": frozenset({"order.vip"})})

    found = configuration.registry.kinds["fields"].check("order", body, configuration)

    assert [(one.pointer, one.code) for one in found] == [("/fields/0/key", "key_used_before")]
