"""Stock over the API: receipts in bulk, transfers, counts, expected goods, reservations, availability, rules."""

from __future__ import annotations

from tests.web.api.conftest import Api, an_order, codes


def test_rows_are_received_at_once_or_not_at_all(api: Api) -> None:
    good = {"sku": "TEA", "location": "east", "quantity": "5", "cause": "production"}

    refused = api.post("/stock/receipts/batch", {"rows": [good, {**good, "sku": "NONE"}, {**good, "bin": "X"}]})
    done = api.post("/stock/receipts/batch", {"rows": [good, good]}, once="same")
    again = api.post("/stock/receipts/batch", {"rows": [good, good]}, once="same")

    assert codes(refused) == [("/rows/1/sku", "sku_unknown"), ("/rows/2/bin", "bin_unknown")]
    assert done.json == again.json == {"rows": 2}
    ledger = (api.get("/stock/movements", sku="TEA", cause="production").json or {})["data"]
    assert [(row["on_hand_change"], row["kind"]) for row in ledger] == [("5", "received"), ("5", "received")]


def test_a_transfer_goes_its_way(api: Api) -> None:
    body = {"from_location": "east", "to_location": "west", "rows": [{"sku": "TEA", "quantity": "7"}]}

    made = api.post("/stock/transfers/", body).json or {}
    sent = api.post(f"/stock/transfers/{made['id']}/dispatches").json or {}
    twice = api.post(f"/stock/transfers/{made['id']}/dispatches")
    came = api.post(f"/stock/transfers/{made['id']}/arrivals", {"rows": [{"line_no": 1, "arrived": "7"}]}).json or {}

    assert (made["state"], sent["state"], sent["on_the_way"], came["state"]) == ("draft", "sent", "7", "received")
    assert twice.status_code == 409 and len((api.get("/stock/transfers/").json or {})["data"]) == 1


def test_a_sent_transfer_is_called_back_as_far_as_it_has_not_arrived(api: Api, rival_api: Api) -> None:
    body = {"from_location": "east", "to_location": "west", "rows": [{"sku": "TEA", "quantity": "7"}]}

    def here() -> dict[str, str]:
        rows = (api.get("/stock/").json or {})["data"]
        return {row["location"]: row["on_hand"] for row in rows if row["sku"] == "TEA"}

    before = here()
    made = [api.post("/stock/transfers/", body).json["id"] for _ in range(2)]  # type: ignore[index]
    for transfer in made:
        api.post(f"/stock/transfers/{transfer}/dispatches")
    api.post(f"/stock/transfers/{made[0]}/arrivals", {"rows": [{"line_no": 1, "arrived": "2"}]})
    why = {"reason": "wrong truck"}

    assert rival_api.post(f"/stock/transfers/{made[0]}/call-backs", why).status_code == 404
    assert api.post(f"/stock/transfers/{made[0]}/call-backs", {"reason": ""}).status_code == 422
    part, whole = (api.post(f"/stock/transfers/{transfer}/call-backs", why).json or {} for transfer in made)

    assert (part["state"], part["on_the_way"]) == ("received", "0")
    assert (whole["state"], whole["on_the_way"]) == ("cancelled", "0")
    assert api.post(f"/stock/transfers/{made[0]}/call-backs", why).status_code == 409
    assert here() == {**before, "east": "28", "west": "22"}
    assert (api.get("/stock/expected").json or {})["data"] == []


def test_a_count_is_posted_within_tolerance(api: Api) -> None:
    made = api.post("/stock/counts/", {"location": "west", "tolerance_units": "5"}).json or {}

    entered = api.post(f"/stock/counts/{made['id']}/rows", {"rows": [{"sku": "TEA", "counted": "18"}]}).json or {}
    posted = api.post(f"/stock/counts/{made['id']}/submissions").json or {}

    assert entered["differences"] == 1 and posted["state"] == "posted"
    (position,) = (api.get("/stock/", sku="TEA", location="west").json or {})["data"]
    assert position["on_hand"] == "18"


def test_availability_knows_days_channels_and_reservations(api: Api) -> None:
    row = {"sku": "TEA", "location": "east", "reference": "PO", "quantity": "40", "due_on": "2031-02-03"}
    api.post("/stock/expected", {"rows": [row]})
    api.post("/stock/channel-rules", {"channel": "api", "kind": "buffer", "quantity": "10"})
    reserved = api.post("/stock/reservations", {"sku": "TEA", "quantity": "15", "purpose": "cart", "reference": "B-1"})

    all_channels = api.get("/stock/availability", sku="TEA", quantity="60").json or {}
    mine = api.get("/stock/availability", sku="TEA", channel="api").json or {}
    order = api.post("/orders/", an_order(("TEA", "30"), order_type="cash", outside_number="B-1")).json or {}
    assert "allocated" in order, order

    assert reserved.status_code == 201
    assert (all_channels["available"], all_channels["earliest_on"]) == ("35", "2031-02-03")
    assert mine["available"] == "25" and order["allocated"] == "30"
    assert (api.get("/stock/reservations").json or {})["data"] == []
    levels = api.put("/stock/levels", {"rows": [{"sku": "TEA", "location": "moon", "safety_stock": "3"}]})
    assert codes(levels) == [("/rows/0/location", "location_unknown")]
