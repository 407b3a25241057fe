"""Orders that ask for files, addresses, departments and tables can be placed: at the portal and by staff."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tenants.scope import open_work
from tests.support.custom_fields import field, option
from tests.support.portal import Shop, make_shop
from tests.support.portal_pages import add, submit
from tests.support.web import Browser, sign_in
from tests.web.console.conftest import once

ASKED = [
    field("proof", "attachment", required=True, max_files=2),
    field("site", "address", required=True),
    field("unit", "department", required=True),
    field("parts", "sub_table", required=True, columns=[field("what"), field("count", "integer")]),
    field("marks", "multi_option", required=True, options=[option("x"), option("y")]),
    field("staff_only", edit=["finance"]),
]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Shop:
    made = make_shop(
        engine,
        system_engine,
        documents={"fields/order": {"fields": ASKED[:-1]}, "fields/order_line": {"fields": ASKED[:-1]}},
    )
    with open_work(engine, made.company.id) as work:
        work.execute(
            "INSERT INTO departments (tenant_id, id, key, names) VALUES (%(t)s, new_id(), 'tasting', %(n)s::jsonb)",
            {"t": work.tenant_id, "n": json.dumps({"en": "Tasting room"})},
        )
    return made


def answers(prefix: str) -> dict[str, Any]:
    """What is typed into all inputs but the file's."""
    return {
        f"{prefix}site.street": "Pier 7", f"{prefix}site.city": "Hamburg", f"{prefix}site.country": "DE",
        f"{prefix}unit": "tasting", f"{prefix}parts.sent": "1", f"{prefix}parts.0.what": "lid",
        f"{prefix}parts.0.count": "3", f"{prefix}marks.sent": "1", f"{prefix}marks": ["x", "y"],
        f"{prefix}proof.sent": "1",
    }  # fmt: skip


def a_file(name: str) -> Any:
    return (io.BytesIO(PNG), name)


def kept_files(page: TestResponse, name: str) -> list[str]:
    return re.findall(rf'name="{re.escape(name)}\.keep" value="(fil_\w+)"', page.text)


def placed(engine: Engine, shop: Shop) -> list[Any]:
    with open_work(engine, shop.company.id) as work:
        return work.rows(
            "SELECT o.custom, (SELECT jsonb_agg(l.custom) FROM order_lines l WHERE l.tenant_id = o.tenant_id"
            " AND l.order_id = o.id) AS lines FROM orders o WHERE o.tenant_id = %(t)s",
            {"t": work.tenant_id},
        )


def whole(values: dict[str, Any]) -> bool:
    return values["unit"] == "tasting" and values["site"]["city"] == "Hamburg" and values["parts"] == [
        {"what": "lid", "count": 3}
    ] and values["marks"] == ["x", "y"] and len(values["proof"]) == 1  # fmt: skip


def test_a_buyer_answers_everything_and_a_refusal_keeps_his_files(app: Flask, engine: Engine, shop: Shop) -> None:
    li = sign_in(app, shop.company, shop.li)
    add(li, "TEA", "2")
    line = {"sku": "TEA", "unit": "", "quantity": "2"}
    assert "Tasting room" in li.get("/portal/cart").text

    refused = submit(li, **answers("custom_"), custom_proof=[a_file("order.png")])
    lines = li.post(
        "/portal/cart/lines",
        {**line, **answers("line.0.cf."), "line.0.cf.proof": [a_file("line.png")]},
        headers={"HX-Request": "true"},
    )

    assert refused.status_code == 422 and placed(engine, shop) == []
    assert "Some lines need your attention." in refused.text and "“Site” is required." in refused.text
    (order_file,), (line_file,) = kept_files(refused, "custom_proof"), kept_files(lines, "line.0.cf.proof")
    assert "order.png" in refused.text and "line.png" in lines.text

    done = submit(li, **answers("custom_"), **{"custom_proof.keep": order_file})
    page = li.get(done.location).text
    ((order, of_lines),) = placed(engine, shop)

    assert done.status_code == 302, done.text
    assert whole(order) and whole(of_lines[0]) and order["proof"] != of_lines[0]["proof"]
    assert page.count("Pier 7, Hamburg, DE") == 2 and page.count("Tasting room") == 2
    for name, file_id in (("order.png", order_file), ("line.png", line_file)):
        assert name in page and li.get(f"/files/{file_id}").status_code == 200
    kim = sign_in(app, shop.company, shop.kim)
    assert kim.get(f"/files/{order_file}").status_code == 404


def test_a_file_of_somebody_else_cannot_be_named(app: Flask, engine: Engine, shop: Shop) -> None:
    li, kim = (sign_in(app, shop.company, person) for person in (shop.li, shop.kim))
    for browser in (li, kim):
        add(browser, "TEA", "2")
    (his,) = kept_files(submit(li, **answers("custom_"), custom_proof=[a_file("his.png")]), "custom_proof")

    page = submit(kim, **answers("custom_"), **{"custom_proof.keep": his})

    assert page.status_code == 422 and "his.png" not in page.text and kept_files(page, "custom_proof") == []


def test_a_file_that_cannot_be_kept_is_said_beside_its_input(app: Flask, engine: Engine, shop: Shop) -> None:
    li = sign_in(app, shop.company, shop.li)
    add(li, "TEA", "2")

    page = submit(li, **answers("custom_"), custom_proof=[(io.BytesIO(b""), "empty.png")])

    assert page.status_code == 422 and "The file empty.png is empty." in page.text and placed(engine, shop) == []


def test_what_lines_say_stays_when_more_of_the_sku_is_added(app: Flask, shop: Shop) -> None:
    li = sign_in(app, shop.company, shop.li)
    add(li, "TEA", "2")
    typed = {"sku": "TEA", "unit": "", "quantity": "2", **answers("line.0.cf.")}
    li.post("/portal/cart/lines", typed)

    add(li, "TEA", "1")

    page = li.get("/portal/cart").text
    assert 'value="Pier 7"' in page and 'name="quantity" value="3"' in page


def entry(browser: Browser, path: str, **more: Any) -> TestResponse:
    form = {**once(), "customer": "C-1", "type": "standard", "sku": ["TEA", "CUP"], "quantity": ["1", "4"],
            "row": ["1", "4"], **more}  # fmt: skip
    return browser.post(path, form, content_type="multipart/form-data")


def test_staff_enter_everything_and_a_refusal_keeps_the_files(app: Flask, engine: Engine, shop: Shop) -> None:
    ada = sign_in(app, shop.company)
    typed = {**answers("cf."), **answers("line.1.cf."), **answers("line.4.cf.")}
    files = {"cf.proof": [a_file("order.png")], "line.1.cf.proof": [a_file("one.png")]}
    assert "Tasting room" in ada.get("/orders/new").text

    refused = entry(ada, "/orders/new", **typed, **files)

    assert refused.status_code == 422 and "is required" in refused.text and placed(engine, shop) == []
    keep = {f"{name}.keep": kept_files(refused, name) for name in ("cf.proof", "line.1.cf.proof")}
    assert all(len(ids) == 1 for ids in keep.values())
    assert re.search(r'name="line\.4\.cf\.site\.city"[^>]*value="Hamburg"', refused.text)

    done = entry(ada, "/orders/new", **typed, **keep, **{"line.4.cf.proof": [a_file("four.png")]})

    assert done.status_code == 303, done.text
    ((order, of_lines),) = placed(engine, shop)
    assert whole(order) and all(whole(one) for one in of_lines) and len(of_lines) == 2


def test_rows_keep_what_stands_below_them_when_others_go(app: Flask, shop: Shop) -> None:
    ada = sign_in(app, shop.company)

    page = entry(ada, "/orders/new/lines", **answers("line.4.cf."), sku=["", "CUP"], quantity=["", "4"])

    assert page.status_code == 200
    assert re.search(r'name="row" value="4"[^>]*><input[^>]*value="CUP"', page.text)
    assert re.search(r'name="line\.4\.cf\.site\.city"[^>]*value="Hamburg"', page.text)
