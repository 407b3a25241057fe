"""Orders over the API: what a partner's program may rely on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from kernel.db import SYSTEM
from kernel.db.engine import counting_statements
from tenants.scope import in_work
from tests.web.api.conftest import Api, an_order, codes


def place(api: Api, *lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    answer = api.post("/orders/", an_order(*lines, **more))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    body: dict[str, Any] = answer.json or {}
    return body


def test_an_order_is_placed_and_read_back_with_its_reasons(api: Api) -> None:
    answer = api.post("/orders/", an_order(("TEA", "12"), ("MUG", "5")))

    placed = answer.json
    assert answer.status_code == 201 and placed is not None
    assert (placed["total"], placed["allocated"], placed["short"], placed["holds"]) == ("120.00", "17", "0", [])
    order = api.get(f"/orders/{placed['id']}").json
    assert order is not None
    assert [(line["sku"], line["unit_price"], line["gross"]) for line in order["lines"]] == [
        ("TEA", "8.00", "96.00"),
        ("MUG", "4.00", "24.00"),
    ]
    assert order["lines"][0]["allocations"] == [{"location": "east", "quantity": "12", "shipped": "0"}]
    assert {decision["kind"] for decision in order["decisions"]} >= {"price", "credit", "allocation"}
    assert order["custom"] == {"po": "4711"}
    assert answer.headers["Location"].endswith(placed["id"])


def test_a_request_sends_few_statements(api: Api) -> None:
    place(api)

    with counting_statements() as log:
        place(api, ("TEA", "1"), ("MUG", "1"))

    assert log.count <= 9, log.statements


def test_faults_of_form_and_of_sense_are_named_by_pointer(api: Api) -> None:
    form = api.post("/orders/", {"lines": [{"sku": "TEA", "quantity": "many"}], "colour": "red"})
    sense = api.post("/orders/", an_order(("TEA", "0"), ("NONE", "1"), custom={"weight": "1.234", "hue": "x"}))

    assert {pointer for pointer, _ in codes(form)} == {
        "/order_type",
        "/customer_id",
        "/lines/0/quantity",
        "/colour",
    } - ({"/customer_id"} if "/customer_id" not in dict(codes(form)) else set())
    assert form.status_code == 422
    found = dict(codes(sense))
    assert found["/lines/0/quantity"] == "quantity_not_positive"
    assert found["/lines/1/sku"] == "sku_unknown"
    assert {"/custom/weight", "/custom/hue", "/custom/po"} <= set(found)


def test_faults_are_said_in_the_asker_s_language(api: Api) -> None:
    answer = api.app.test_client().post(
        "/api/v1/orders/",
        json=an_order(("NONE", "1")),
        headers={"Authorization": f"Bearer {api.key}", "Idempotency-Key": uuid4().hex, "Accept-Language": "zh-CN"},
    )

    assert "没有" in answer.get_data(as_text=True)


def test_what_is_not_json_is_a_problem_not_a_crash(api: Api) -> None:
    for body in (b"", b"{", b"[1]", b'"x"', b"\xff\xfe", b"[" * 50_000):
        answer = api.app.test_client().post(
            "/api/v1/orders/", data=body, content_type="application/json",
            headers={"Authorization": f"Bearer {api.key}", "Idempotency-Key": uuid4().hex},
        )  # fmt: skip
        assert answer.status_code in {400, 422}, (body[:10], answer.status_code)
        assert answer.content_type == "application/problem+json"


def test_numbers_too_large_or_not_numbers_are_refused(api: Api) -> None:
    for quantity in ("NaN", "Infinity", "1e400", "99999999999999999999", "0.00001", "-1"):
        answer = api.post("/orders/", an_order(("TEA", quantity)))
        assert answer.status_code == 422, (quantity, answer.status_code)


def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(api: Api) -> None:
    first = api.post("/orders/", an_order(), once="po-1")
    again = api.post("/orders/", an_order(), once="po-1")
    other = api.post("/orders/", an_order(("TEA", "3")), once="po-1")

    assert again.data == first.data and again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    assert len((api.get("/orders/").json or {})["data"]) == 1


def test_a_refused_order_may_be_mended_under_the_same_key(api: Api) -> None:
    assert api.post("/orders/", an_order(("NONE", "1")), once="po-2").status_code == 422
    assert api.post("/orders/", an_order(), once="po-2").status_code == 201


def test_the_same_key_at_once_places_one_order(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: api.post("/orders/", an_order(), once="po-3").status_code, range(8)))

    assert set(statuses) <= {201, 409} and 201 in statuses
    assert len((api.get("/orders/").json or {})["data"]) == 1


def test_a_channel_s_number_is_placed_once(api: Api) -> None:
    first = place(api, outside_number="W-1")
    second = api.post("/orders/", an_order(outside_number="W-1"))

    assert second.status_code == 409
    assert second.json is not None and second.json["code"] == "order_exists"
    assert second.json["facts"]["order_id"] == first["id"]


def test_above_the_limit_the_order_is_held_and_released_with_a_reason(api: Api) -> None:
    held = place(api, ("TEA", "49"), ("MUG", "100"))
    order = api.get(f"/orders/{held['id']}").json
    assert order is not None and [hold["type"] for hold in order["holds"]] == ["credit"]

    hold = order["holds"][0]["id"]
    empty = api.post(f"/orders/{held['id']}/holds/{hold}/releases", {"reason": ""})
    done = api.post(f"/orders/{held['id']}/holds/{hold}/releases", {"reason": "pays tomorrow"})

    assert empty.status_code == 422
    assert done.status_code == 201 and done.json is not None
    assert done.json["fulfilment_status"] == "allocated"
    assert done.json["holds"][0]["release_reason"] == "pays tomorrow"


def test_lines_and_orders_are_cancelled_and_stock_goes_back(api: Api) -> None:
    order = api.get(f"/orders/{place(api, ('TEA', '12'))['id']}").json
    assert order is not None
    line = order["lines"][0]["id"]

    part = api.post(f"/orders/{order['id']}/cancellations", {"lines": [{"line_id": line, "quantity": "2"}]})
    stale = api.post(f"/orders/{order['id']}/cancellations", {"version": 1})
    whole = api.post(f"/orders/{order['id']}/cancellations", {"reason": "customer"})
    again = api.post(f"/orders/{order['id']}/cancellations", {})

    assert part.json is not None and part.json["lines"][0]["cancelled"] == "2"
    assert stale.status_code == 409 and (stale.json or {})["code"] == "order_changed"
    assert whole.json is not None and whole.json["status"] == "cancelled"
    assert again.status_code == 409
    positions = (api.get("/stock/", sku="TEA").json or {})["data"]
    assert sum(float(position["allocated"]) for position in positions) == 0


def test_stock_is_taken_back_and_promised_again(api: Api) -> None:
    order = place(api, ("TEA", "5"))["id"]

    back = api.post(f"/orders/{order}/deallocations", {"reason": "recount"})
    again = api.post(f"/orders/{order}/allocations")

    assert back.json is not None and back.json["fulfilment_status"] == "open"
    assert again.json is not None and again.json["fulfilment_status"] == "allocated"


def test_lists_page_without_gaps_under_inserts(api: Api) -> None:
    numbers = [place(api)["number"] for _ in range(5)]

    first = api.get("/orders/", limit=2).json
    place(api)
    assert first is not None
    second = api.get("/orders/", limit=2, cursor=first["next_cursor"]).json
    assert second is not None
    third = api.get("/orders/", limit=2, cursor=second["next_cursor"]).json
    assert third is not None

    pages = [order["number"] for page in (first, second, third) for order in page["data"]]
    assert pages == list(reversed(numbers)) and third["next_cursor"] is None


def test_a_forged_cursor_is_a_fault(api: Api) -> None:
    for cursor in ("x", "W10", "bnVsbA", "WyJ4IiwieSJd"):
        answer = api.get("/orders/", cursor=cursor)
        assert answer.status_code == 422, (cursor, answer.status_code)


def test_a_key_sees_and_does_only_what_it_may(api: Api, app: Any, engine: Any) -> None:
    from tests.support.web import make_key

    order = place(api)["id"]
    reader = Api(app, api.company, make_key(engine, api.company, "orders.view"))

    assert reader.get(f"/orders/{order}").status_code == 200
    assert reader.post(f"/orders/{order}/cancellations", {}).status_code == 403
    assert reader.get("/customers/").status_code == 403
    assert Api(app, api.company, "oms_live_nonsense").get("/orders/").status_code == 401


def test_approval_over_the_api_names_the_person(api: Api, engine: Any) -> None:
    from oms.configuration import publish_bundle
    from tests.support.configuration import an_order_type
    from tests.support.web import make_user

    boss = make_user(engine, api.company, "approver", name="Bea")
    flow = {
        "name": {"en": "All"}, "subject": {"of": "order"},
        "steps": [{"id": "s1", "type": "approve", "who": [{"role": "approver"}]}],
    }  # fmt: skip

    def publish(work: Any) -> None:
        changed = {"order_type/standard": an_order_type(approvals=["all"]), "approval_flow/all": flow}
        publish_bundle(work, changed, notes="approvals")

    in_work(engine, api.company.id, SYSTEM, publish)
    order = api.post("/orders/", an_order()).json
    assert order is not None and [hold["type"] for hold in order["holds"]] == ["approval"]

    nobody = api.post(f"/orders/{order['id']}/approvals", {"action": "approve", "on_behalf_of": "x@y.example"})
    done = api.post(f"/orders/{order['id']}/approvals", {"action": "approve", "on_behalf_of": boss.email})

    assert nobody.status_code == 403
    assert done.status_code == 201 and done.json is not None
    assert done.json["fulfilment_status"] == "allocated"
    assert any(event["actor"].startswith("Bea (") for event in done.json["events"])
