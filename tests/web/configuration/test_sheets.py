"""A table's rows go out as a spreadsheet and come back as a draft, or not at all."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from tests.support.sheets import two_far_cells

from .conftest import MakeShop, Shop

PATH = "/builder/decision_table/freight"
TABLE: dict[str, Any] = {
    "name": {"en": "Freight", "zh-CN": "运费"},
    "subject": "order",
    "table": {
        "hit": "F",
        "inputs": [{"id": "total", "expr": {"var": "order.total"}}],
        "outputs": [{"id": "fee", "name": "fee", "type": "money"}],
        "rows": [
            {"id": "small", "when": {"total": {"lt": "100"}}, "then": {"fee": {"money": ["8.00", "CNY"]}}},
            {"id": "large", "when": {}, "then": {"fee": {"money": ["0", "CNY"]}}},
        ],
    },
}


def rows_of(page: TestResponse) -> list[list[Any]]:
    found: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(page.data)).get_sheet_by_index(0).to_python()
    return found


def sheet_of(rows: list[list[Any]]) -> io.BytesIO:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    file.seek(0)
    return file


def send(shop: Shop, rows: list[list[Any]], etag: str) -> TestResponse:
    return shop.ada.post(f"{PATH}/rows", {"etag": etag, "file": (sheet_of(rows), "freight.xlsx")})


def with_a_table(shop: Shop) -> str:
    shop.ada.post("/builder/new/decision_table", {"key": "freight"})
    shop.save(PATH, TABLE)
    draft = shop.draft("decision_table", "freight")
    assert draft
    return draft.etag


def test_rows_changed_in_a_spreadsheet_become_a_draft(shop: Shop) -> None:
    etag = with_a_table(shop)
    rows = rows_of(shop.ada.get(f"{PATH}/rows.xlsx"))
    assert rows[2][:3] == ["small", "< 100", "8.00 CNY"]

    sent = send(shop, [*rows[:3], ["", "[100..500)", "5 CNY"], rows[3]], etag)

    draft = shop.draft("decision_table", "freight")
    assert sent.status_code == 302
    assert draft and [(row["id"], row["when"]) for row in draft.body["table"]["rows"]] == [
        ("small", {"total": {"lt": "100"}}),
        ("r1", {"total": {"ge": "100", "lt": "500"}}),
        ("large", {}),
    ]


def test_a_wrong_cell_is_named_and_the_draft_stays(shop: Shop) -> None:
    etag = with_a_table(shop)
    rows = rows_of(shop.ada.get(f"{PATH}/rows.xlsx"))

    refused = send(shop, [*rows[:3], ["large", "much", "0 CNY"]], etag)

    draft = shop.draft("decision_table", "freight")
    assert refused.status_code == 422
    assert '<strong class="mono">B4</strong> “much” is no test of a number.' in refused.text
    assert draft and draft.etag == etag


def test_a_file_that_would_take_all_memory_is_refused(shop: Shop) -> None:
    etag = with_a_table(shop)

    refused = shop.ada.post(f"{PATH}/rows", {"etag": etag, "file": (io.BytesIO(two_far_cells()), "rows.xlsx")})

    assert refused.status_code == 422
    assert "This file is no XLSX spreadsheet." in refused.text


def test_a_draft_that_somebody_saved_meanwhile_is_not_overwritten(shop: Shop) -> None:
    etag = with_a_table(shop)
    rows = rows_of(shop.ada.get(f"{PATH}/rows.xlsx"))
    shop.save(PATH, {**TABLE, "name": {"en": "Carriage"}}, shop.colleague())

    refused = send(shop, rows, etag)

    draft = shop.draft("decision_table", "freight")
    assert refused.status_code == 409
    assert draft and draft.body["name"] == {"en": "Carriage"}


def test_a_document_without_a_table_has_no_sheet(shop: Shop) -> None:
    assert shop.ada.get("/builder/review_rules/standard/rows").status_code == 404
    assert shop.ada.get("/builder/decision_table/nothing/rows").status_code == 404


def test_columns_with_faults_are_said_before_a_file_is_asked_for(shop: Shop) -> None:
    with_a_table(shop)
    broken = {**TABLE, "table": {**TABLE["table"], "inputs": [{"id": "total", "expr": {"var": "order.nowhere"}}]}}
    shop.save(PATH, broken)

    page = shop.ada.get(f"{PATH}/rows")

    assert "There is no field order.nowhere." in page.text
    assert shop.ada.get(f"{PATH}/rows.xlsx").status_code == 302


def test_the_sheet_speaks_chinese(make_shop: MakeShop) -> None:
    shop = make_shop(locale="zh-CN")
    with_a_table(shop)

    rows = rows_of(shop.ada.get(f"{PATH}/rows.xlsx"))

    assert rows[1][1] == "订单总额（数字）"


def test_who_may_only_look_gets_the_sheet_and_no_form(shop: Shop) -> None:
    etag = with_a_table(shop)
    looker = shop.colleague("operator", name="Cy")

    page = looker.get(f"{PATH}/rows")
    if page.status_code == 200:
        assert "take_sheet" not in page.text and '<form class="card"' not in page.text
    sent = looker.post(f"{PATH}/rows", {"etag": etag, "file": (sheet_of([["id"]]), "x.xlsx")})

    assert sent.status_code == 403
