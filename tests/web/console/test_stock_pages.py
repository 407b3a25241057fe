"""A warehouse's day on the pages of stock."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal

from tests.support.builders import a_sku
from tests.web.console.conftest import Shop, once


def _first(page: str, kind: str) -> str:
    found = re.search(rf"/stock/{kind}/([a-z]{{3}}_[0-9a-z]{{26}})", page)
    assert found, page[:2000]
    return found[0]


def test_a_transfer_is_written_sent_and_received_in_parts(shop: Shop) -> None:
    keeper = shop.browser(shop.person("warehouse"))
    form = {"from_location": "north", "to_location": "south"}

    wrong = keeper.post("/stock/transfers/new", {**once(), **form, "rows": "TEA-250\tx\nNONE\t2"})
    written = keeper.post("/stock/transfers/new", {**once(), **form, "rows": "SKU\tQuantity\nTEA-250\t10"})
    address = _first(keeper.get("/stock/transfers").text, "transfers")
    sent = keeper.post(f"{address}/send", once())
    unsaid = keeper.post(f"{address}/receive", {**once(), "arrived.1": "4", "lost.1": "6"})
    part = keeper.post(f"{address}/receive", {**once(), "arrived.1": "4"})
    expected = keeper.get("/stock/expected").text
    rest = keeper.post(f"{address}/receive", {**once(), "arrived.1": "5", "lost.1": "1", "reason.1": "wet"})

    assert wrong.status_code == 422 and "Row 1, Quantity" in wrong.text and "Row 2, SKU" in wrong.text
    assert [each.status_code for each in (written, sent, unsaid, part, rest)] == [303, 303, 422, 303, 303]
    assert "Row 1, Reason" in unsaid.text and "6" in expected and "Transfer" in expected
    assert "wet" in keeper.get(address).text and keeper.get(f"{address}/note").status_code == 200
    on_hand = shop.row(
        "SELECT array_agg(on_hand ORDER BY on_hand) AS a FROM stock_positions WHERE tenant_id = %(tenant)s"
    ).a
    assert [int(units) for units in on_hand] == [49, 90]
    actions = shop.row(
        "SELECT array_agg(action ORDER BY id) AS a FROM audit_entries WHERE tenant_id = %(tenant)s AND action LIKE 'transfer%%'"
    ).a
    assert actions == ["transfer.create", "transfer.send", "transfer.receive", "transfer.receive"]


def test_a_count_needs_a_second_pair_of_eyes_beyond_tolerance(shop: Shop) -> None:
    keeper, finance = shop.browser(shop.person("warehouse")), shop.browser(shop.person("finance"))
    start = {"location": "north", "kind": "all", "tolerance_percent": "2", "tolerance_units": "0"}

    keeper.post("/stock/counts", {**once(), **start})
    address = _first(keeper.get("/stock/counts").text, "counts")
    unknown = keeper.post(f"{address}/enter", {**once(), "sku": "NONE", "counted": "5"})
    scanned = [
        keeper.post(f"{address}/enter", {**once(), "sku": "TEA-250", "counted": "45", "add": "1"}).status_code
        for _ in range(2)
    ]
    blind = keeper.get(address).text
    submitted = keeper.post(f"{address}/submit", once())
    own = keeper.post(f"{address}/approve", once())
    approved = finance.post(f"{address}/approve", once())

    assert unknown.status_code == 422 and scanned == [303, 303] and "Difference" not in blind
    assert submitted.status_code == approved.status_code == 303 and own.status_code == 403
    assert "Posted" in finance.get(address).text and "-10" in finance.get(address).text
    assert shop.row("SELECT max(on_hand) AS n FROM stock_positions WHERE tenant_id = %(tenant)s").n == 90
    assert "TEA-250,90" in keeper.get(f"{address}/rows.csv").text


def test_goods_are_expected_received_and_told_to_customers(shop: Shop) -> None:
    admin = shop.browser()
    rows = "TEA-250\tnorth\t60\t2031-05-04\tPO-9\nTEA-250\tmoon\t0\tsoon\t"

    wrong = admin.post("/stock/expected", {**once(), "rows": rows})
    saved = admin.post("/stock/expected", {**once(), "rows": rows.splitlines()[0]})
    address = _first(admin.get("/stock/expected").text, "expected")
    came = admin.post(f"{address}/receive", {**once(), "quantity": "20"})
    closed = admin.post(f"{address}/close", {**once(), "why": "bankrupt"})

    assert wrong.status_code == 422
    for name in ("Location", "Quantity", "Expected on", "Reference"):
        assert f"Row 2, {name}" in wrong.text, re.findall("Row [^<]*", wrong.text)
    assert saved.status_code == came.status_code == closed.status_code == 303
    assert "bankrupt" in admin.get(address).text and "PO-9" in admin.get("/stock/movements?kind=received").text


def test_units_are_reserved_released_and_kept_from_channels(shop: Shop) -> None:
    admin = shop.browser()
    reserve = {"sku": "TEA-250", "quantity": "30", "purpose": "customer", "customer": "C-1", "minutes": "60"}

    too_many = admin.post("/stock/reservations", {**once(), **reserve, "quantity": "500"})
    made = admin.post("/stock/reservations", {**once(), **reserve})
    address = _first(admin.get("/stock/reservations").text, "reservations")
    released = [admin.post(f"{address}/release", once()).status_code for _ in range(2)]
    bad_rule = admin.post("/stock/channels", {**once(), "channel": "web", "kind": "quota", "percent": "5"})
    rule = admin.post("/stock/channels", {**once(), "channel": "web", "kind": "buffer", "percent": "5"})
    settings = {"reservation_minutes": "15", "expiry_warning_days": "x", "stale_days": "90"}

    assert too_many.status_code == 409 and "f-quantity-problem" in too_many.text
    assert made.status_code == 303 and released == [303, 409]
    assert bad_rule.status_code == 422 and rule.status_code == 303 and "5 %" in admin.get("/stock/channels").text
    assert admin.post("/stock/settings", {**once(), **settings}).status_code == 422
    assert admin.post("/stock/settings", {**once(), **settings, "expiry_warning_days": "9"}).status_code == 303


def test_lots_bins_levels_and_statuses_on_the_sku_s_page(shop: Shop) -> None:
    admin = shop.browser()

    def act(kind: str, **data: object) -> int:
        return admin.post(f"/stock/TEA-250/{kind}", {**once(), "location": "north", **data}).status_code

    assert act("tracking", tracking="lot", quantity="5") == 409
    assert admin.post("/stock/bins", {**once(), "location": "north", "code": "A-1", "kind": "pick"}).status_code == 303
    assert act("bin-move", quantity="10", to_bin="A-1") == 303 and act("bin-move", quantity="11", bin="A-1") == 409
    assert act("status", quantity="3", from_status="good", to_status="damaged", bin="A-1") == 303
    assert act("status", quantity="3", from_status="good", to_status="good") == 422
    assert (
        act("levels", quantity="5", reorder_point="200") == 303
        and act("levels", quantity="-1", reorder_point="0") == 422
    )
    page = admin.get("/stock/TEA-250").text
    assert "A-1" in page and "Damaged" in page
    assert "TEA-250" in admin.get("/stock/alerts?kind=reorder").text
    figures = admin.get("/stock/figures.csv")
    assert figures.status_code == 200 and "days_of_cover" in figures.text
    for kind in ("below_safety", "expiring", "oversold", "stale"):
        assert admin.get(f"/stock/alerts?kind={kind}").status_code == 200


def test_pages_of_stock_ask_for_their_permissions(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop()
    approver, keeper = shop.browser(shop.approver), shop.browser(shop.person("warehouse"))

    for path in (
        "/stock/transfers/new",
        "/stock/counts",
        "/stock/expected",
        "/stock/reservations",
        "/stock/channels",
        "/stock/bins",
    ):
        assert approver.post(path, once()).status_code == 403, path
    assert keeper.post("/stock/settings", once()).status_code == 403
    for path in (
        "transfers",
        "counts",
        "expected",
        "reservations",
        "channels",
        "bins",
        "movements",
        "figures",
        "alerts",
    ):
        assert approver.get(f"/stock/{path}").status_code == 200


def test_a_delivery_is_received_from_its_note_all_rows_or_none(shop: Shop) -> None:
    hand = shop.browser(shop.person("warehouse"))
    with shop.work() as work:
        a_sku(work, "MUG")
    assert "Receive goods" in hand.get("/stock").text and hand.get("/stock/arrivals").status_code == 200
    units = "SELECT coalesce(sum(on_hand), 0) AS n FROM stock_positions WHERE tenant_id = %(tenant)s"
    before = shop.row(units).n

    wrong = hand.post(
        "/stock/arrivals",
        {**once(), "location": "north", "rows": "NONE\t\t5\nMUG\tmoon\t5\nMUG\t\tx\nMUG\t\t5\t\tsoon"},
    )
    faulty = hand.post("/stock/arrivals", {**once(), "location": "north", "rows": "NONE\t\t5\nMUG\tmoon\t5\nMUG\t\tx"})
    empty = hand.post("/stock/arrivals", {**once(), "location": "north", "rows": " "})

    assert wrong.status_code == 422 and "Row 4, Expires on: soon is no day" in wrong.text and "MUG\tmoon" in wrong.text
    assert faulty.status_code == 422 and empty.status_code == 422
    for said in ("Row 1, SKU", "Row 2, Location", "Row 3, Quantity"):
        assert said in faulty.text, said
    assert shop.row(units).n == before

    sent = {
        **once(),
        "location": "north",
        "rows": "SKU\tLocation\tQuantity\nMUG\t\t5\nTEA-250\tsouth\t2.5\t\t\t\t\tpallet 7",
    }
    for _twice in range(2):
        assert hand.post("/stock/arrivals", sent).status_code == 303
    assert shop.row(units).n == before + Decimal("7.5")
    assert "pallet 7" in hand.get("/stock/movements").text
    file = {**once(), "location": "north", "quarantine": "1", "rows_file": (io.BytesIO(b"MUG,south,3"), "note.csv")}
    assert hand.post("/stock/arrivals", file).status_code == 303
    assert shop.row(units).n == before + Decimal("7.5")
    held = shop.row("SELECT sum(quarantined) AS n FROM stock_positions WHERE tenant_id = %(tenant)s")
    assert held.n == 3
    assert shop.browser(shop.approver).get("/stock/arrivals").status_code == 403


def test_what_was_sent_by_mistake_is_called_back(shop: Shop) -> None:
    keeper = shop.browser(shop.person("warehouse"))
    rows = {"from_location": "north", "to_location": "south", "rows": "TEA-250 10"}
    keeper.post("/stock/transfers/new", {**once(), **rows})
    address = _first(keeper.get("/stock/transfers").text, "transfers")
    keeper.post(f"{address}/send", once())
    assert "Call it back, because" in keeper.get(address).text

    why = keeper.post(f"{address}/call-back", {**once(), "reason": " "})
    done = keeper.post(f"{address}/call-back", {**once(), "reason": "wrong truck"})

    assert why.status_code == 422 and "Say why the goods come back" in why.text
    assert done.status_code == 303 and "10 units are back" in keeper.get(address).text
    assert "wrong truck" in keeper.get("/stock/movements").text
    assert keeper.post(f"{address}/call-back", {**once(), "reason": "again"}).status_code == 409


def test_what_arrived_and_what_was_called_back_add_up_on_the_page(shop: Shop) -> None:
    keeper = shop.browser(shop.person("warehouse"))
    rows = {"from_location": "north", "to_location": "south", "rows": "TEA-250 10"}
    keeper.post("/stock/transfers/new", {**once(), **rows})
    address = _first(keeper.get("/stock/transfers").text, "transfers")
    keeper.post(f"{address}/send", once())
    keeper.post(f"{address}/receive", {**once(), "arrived.1": "6"})

    on_the_way = keeper.get(address).text
    keeper.post(f"{address}/call-back", {**once(), "reason": "flat tyre"})

    assert "Called back" not in on_the_way
    assert 'data-label="Called back">4<' in keeper.get(address).text


def test_a_count_says_what_was_not_counted_before_it_ends(shop: Shop) -> None:
    keeper = shop.browser(shop.person("warehouse"))
    with shop.work() as work:
        a_sku(work, "MUG")
    keeper.post("/stock/arrivals", {**once(), "location": "north", "rows": "MUG\t\t3"})
    start = {"location": "north", "tolerance_percent": "2", "tolerance_units": "0"}
    unnamed = keeper.post("/stock/counts", {**once(), **start, "kind": "bin", "value": " "})
    keeper.post("/stock/counts", {**once(), **start, "kind": "all"})
    address = _first(keeper.get("/stock/counts").text, "counts")
    keeper.post(f"{address}/enter", {**once(), "sku": "TEA-250", "counted": "100"})

    some = keeper.get(address).text
    keeper.post(f"{address}/enter", {**once(), "sku": "MUG", "counted": "3"})

    assert unnamed.status_code == 422 and "Name the bin or the category that is counted." in unnamed.text
    assert "1 of 2 rows were not counted" in some and "were not counted" not in keeper.get(address).text
    assert "What was counted is thrown away" in some
