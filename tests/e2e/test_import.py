"""A file of orders: checked, mended by what it says, and placed by the worker."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.people import People, row_of

_FILE = """Order number,Customer number,SKU,Quantity
SHOP-1,K-1006,LJ-250,2
SHOP-2,K-1006,NO-SUCH-TEA,1
SHOP-3,K-1006,JJ-50,12
"""


def test_a_file_is_checked_first_and_then_placed_without_its_bad_row(people: People) -> None:
    page = people.sign_in("ops@acme.example")
    page.get_by_role("link", name="Imports").click()
    page.get_by_label("File (CSV or XLSX, up to 32 MB)").set_input_files(
        {"name": "shop.csv", "mimeType": "text/csv", "buffer": _FILE.encode()}
    )
    expect(page.get_by_label("Check only, place nothing yet")).to_be_checked()
    page.get_by_role("button", name="Upload").click()

    place = page.get_by_role("button", name="Place 2 orders")
    expect(place).to_be_visible(timeout=20_000)  # the worker has to come round to it
    fault = row_of(page, "SHOP-2")
    for said in ("3", "SKU", "NO-SUCH-TEA", "There is no SKU NO-SUCH-TEA."):
        expect(fault).to_contain_text(said)
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows with faults").click()
    bad_rows = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "SHOP-2" in bad_rows and "There is no SKU NO-SUCH-TEA." in bad_rows and "SHOP-1" not in bad_rows

    place.click()
    page.get_by_role("dialog").get_by_role("button", name="Place the orders").click()
    expect(place).to_have_count(0)
    expect(page.get_by_text("3 of 3 orders")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("definition").nth(2)).to_have_text("2")

    page.goto("/orders?customer=K-1006")
    for number in ("SHOP-1", "SHOP-3"):
        expect(row_of(page, number)).to_be_visible()
    expect(row_of(page, "SHOP-2")).to_have_count(0)
