"""Splits and merges over the API."""

from __future__ import annotations

from decimal import Decimal

from tests.web.api.conftest import Api
from tests.web.api.test_orders import place


def test_an_order_is_split_merged_again_and_each_is_done_once(api: Api) -> None:
    placed = place(api, ("TEA", "4"), ("MUG", "2"))
    order = api.get(f"/orders/{placed['id']}").json
    assert order is not None
    tea = order["lines"][0]["id"]
    body = {"groups": [{"lines": [{"line_id": tea, "quantity": "1"}]}]}
    done = api.post(f"/orders/{placed['id']}/splits", body).json
    assert done is not None
    assert Decimal(done["total"]) + sum(Decimal(one["total"]) for one in done["orders"]) == Decimal(placed["total"])
    child = done["orders"][0]["id"]
    assert [one["id"] for one in (api.get(f"/orders/{placed['id']}/merges").json or {})["data"]] == [child]
    merged = api.post(f"/orders/{placed['id']}/merges", {"orders": [child]}).json
    assert merged is not None and Decimal(merged["total"]) == Decimal(placed["total"])
    undone = api.post(f"/orders/{placed['id']}/moves/{merged['move_id']}/undo", {})
    assert undone.status_code == 201
    again = api.post(f"/orders/{placed['id']}/moves/{done['move_id']}/undo", {})
    assert again.status_code == 201
    assert Decimal((again.json or {})["total"]) == Decimal(placed["total"])


def test_faults_are_problems(api: Api) -> None:
    placed = place(api, ("TEA", "4"))
    assert api.post(f"/orders/{placed['id']}/splits", {"groups": []}).status_code == 422
    assert api.post(f"/orders/{placed['id']}/splits", {"by_rule": True}).status_code == 422
    missing = {"groups": [{"lines": [{"line_id": placed["id"].replace("ord", "lin"), "quantity": "1"}]}]}
    assert api.post(f"/orders/{placed['id']}/splits", missing).status_code == 404
    assert api.post(f"/orders/{placed['id']}/merges", {"orders": [placed["id"]]}).status_code == 422
    assert api.post(f"/orders/{placed['id']}/moves/{placed['id'].replace('ord', 'mov')}/undo", {}).status_code == 404
    offer = api.get(f"/orders/{placed['id']}/splits").json
    assert offer == {"sealed": "", "rule": None, "orders": []}


def test_a_hidden_receiver_is_merged_by_the_channels_key_alone(api: Api) -> None:
    first = place(api, ("TEA", "1"), merge_key="w47-a", receiver_hidden=True)
    other = place(api, ("TEA", "1"), merge_key="w47-b", receiver_hidden=True)
    same = place(api, ("TEA", "1"), merge_key="w47-a", receiver_hidden=True)
    assert [one["id"] for one in (api.get(f"/orders/{first['id']}/merges").json or {})["data"]] == [same["id"]]
    assert api.post(f"/orders/{first['id']}/merges", {"orders": [other["id"]]}).status_code == 409
    assert api.post(f"/orders/{first['id']}/merges", {"orders": [same["id"]]}).status_code == 201
