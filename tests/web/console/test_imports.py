from __future__ import annotations

import io
from collections.abc import Callable

from kernel.ids import to_text
from oms.mass.run_import import ImportTools, run_import
from oms.placement.policy_for import policy_for
from oms.placement.start_order_approval import start_order_approval
from tenants.scope import open_work
from tests.web.console.conftest import Shop

_CSV = "Order number,Customer number,SKU,Quantity\nW-1,C-1,TEA-250,2\nW-2,C-1,NOPE,1\nW-3,C-1,TEA-250,many\n"


def _upload(shop: Shop, text: str = _CSV, **data: object) -> object:
    form = {
        "channel": "file",
        "type": "standard",
        "check_only": "1",
        "file": (io.BytesIO(text.encode()), "orders.csv"),
        **data,
    }
    return shop.browser(shop.operator).post("/imports", form)


def _run(shop: Shop) -> str:
    run = shop.row("SELECT id FROM import_runs WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT 1")
    tools = ImportTools(load_policy=policy_for, start_approval=start_order_approval)
    run_import(lambda tenant: open_work(shop.engine, tenant), shop.company.id, run.id, tools)
    return f"/imports/{to_text('imp', run.id)}"


def test_a_file_is_checked_first_and_then_placed_for_real(shop: Shop) -> None:
    assert _upload(shop).status_code == 303  # type: ignore[attr-defined]
    olga = shop.browser(shop.operator)
    waiting = olga.get("/imports").text
    url = _run(shop)

    checked = olga.get(url).text
    errors = olga.get(f"{url}/errors.csv").text
    nothing = shop.row("SELECT count(*) AS n FROM orders WHERE tenant_id = %(tenant)s").n
    started = olga.post(f"{url}/start")
    watching = olga.get(url).text
    progress = olga.get(url, headers={"HX-Request": "true"})
    _run(shop)
    last = olga.get(url, headers={"HX-Request": "true"})

    assert "orders.csv" in waiting and "Waiting for a worker" in waiting
    assert "There is no SKU …." in checked and "There is no SKU NOPE." in checked and "Place 1 order" in checked
    assert "W-2" in errors and "W-1" not in errors and nothing == 0
    assert started.status_code == 303 and 'hx-trigger="every 1s"' in watching and "<html" not in progress.text
    assert last.headers["HX-Refresh"] == "true"
    assert shop.row("SELECT count(*) AS n FROM orders WHERE tenant_id = %(tenant)s").n == 1
    assert "W-1" in olga.get("/orders?q=W-1").text


def test_a_file_that_cannot_be_read_is_refused_beside_its_field(shop: Shop) -> None:
    olga = shop.browser(shop.operator)

    none = olga.post("/imports", {"channel": "file", "type": "standard"})
    columns = _upload(shop, "a,b\n1,2\n")
    kind = _upload(shop, **{"type": "nothing"})

    assert none.status_code == columns.status_code == kind.status_code == 422  # type: ignore[attr-defined]
    assert "f-file-problem" in none.text and "f-file-problem" in columns.text and "f-type-problem" in kind.text  # type: ignore[attr-defined]


def test_an_import_is_stopped_and_is_nobody_elses(make_shop: Callable[..., Shop]) -> None:
    shop, rival = make_shop(), make_shop()
    _upload(shop)
    run = shop.row("SELECT id FROM import_runs WHERE tenant_id = %(tenant)s")
    url = f"/imports/{to_text('imp', run.id)}"

    for path in (url, f"{url}/errors.csv"):
        assert rival.browser().get(path).status_code == 404
    for action in ("/start", "/cancel"):
        assert rival.browser().post(url + action).status_code == 404
        assert shop.browser(shop.person("finance")).post(url + action).status_code == 403
    assert shop.browser(shop.operator).post(f"{url}/cancel").status_code == 303
    assert shop.row("SELECT cancel_requested AS c FROM import_runs WHERE tenant_id = %(tenant)s").c is True


def test_the_sample_file_can_be_read_in_both_languages(make_shop: Callable[..., Shop]) -> None:
    for locale in ("en", "zh-CN"):
        shop = make_shop(locale)
        sample = shop.browser(shop.operator).get("/imports/sample.csv").text
        assert _upload(shop, sample).status_code == 303  # type: ignore[attr-defined]
