"""A marketplace seller's day: a file with faults, orders sent twice, parcels that go together, a flash sale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kernel.db import SYSTEM, Work
from kernel.db.engine import make_engine
from oms.configuration import publish_bundle, starter_documents
from tenants.access.register_user import RegisterUser, register_user
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work
from tests.e2e.conftest import Acme
from tests.e2e.people import PHONE, People, row_of
from tests.support.builders import a_location, a_sku, stock
from tests.support.database import Servers
from web.demo.grocer_marketplace import DOCUMENTS
from web.demo.wholesaler import PASSWORD

_SLUG = "stall"
_HEAD = "Order number,Customer number,Customer name,SKU,Quantity,Unit price,Merge key,Recipient,Street,City,Country"
_FEW = 3  # units of the flash sale's SKU


@pytest.fixture(scope="module")
def stall(servers: Servers, database: str, acme: Acme) -> Iterator[str]:
    """A seller on a marketplace, beside the wholesaler. Its name in the address."""
    system = make_engine(servers.database("system", database), pool_size=1)
    tenant = create_tenant(
        system, acme.engine,
        CreateTenant(
            slug=_SLUG, name="Stall", admin_email="admin@stall.example", admin_name="Sally", admin_password=PASSWORD,
            currency="USD", locale="en",
        ),
    )  # fmt: skip
    in_work(acme.engine, tenant.tenant_id, SYSTEM, _open_stall)
    yield _SLUG
    system.dispose()


def _open_stall(work: Work) -> None:
    publish_bundle(work, {**starter_documents(), **DOCUMENTS}, notes="First release")
    for name, role in (("seller", "admin"), ("packer", "operator")):
        register_user(
            work, RegisterUser(email=f"{name}@stall.example", name=name.title(), password=PASSWORD, role_keys=(role,))
        )
    place = a_location(work, "main")
    for code in ("MUG", "PLATE", "BOWL"):
        a_sku(work, code, price="5.00", tax_rate="0")
        stock(work, code, at=place, on_hand="500")


def _line(number: str, buyer: int, sku: str, units: str) -> str:
    return f"{number},B-{buyer},buyer_{buyer}***,{sku},{units},5.00,key-{buyer},***,*** Street,Boston,US"


def _file() -> str:
    """A hundred orders; buyer 1 orders twice for one parcel, buyer 2 sends the same twice, two rows are wrong."""
    lines = [_line(f"MP-{n:03}", n, "MUG" if n % 2 else "PLATE", "1") for n in range(1, 97)]
    lines += [_line("MP-101", 1, "BOWL", "1"), _line("MP-102", 2, "PLATE", "1")]
    lines += [_line("MP-103", 103, "NO-SUCH", "1"), _line("MP-104", 104, "MUG", "two")]
    return "\n".join([_HEAD, *lines])


def _upload(page: Page, name: str, text: str, *, check_only: bool) -> None:
    page.get_by_role("link", name="Imports").first.click()
    page.get_by_label("File (CSV or XLSX, up to 32 MB)").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_label("Channel").select_option(label="Marketplace")
    page.get_by_label("Order type").select_option(label="Marketplace orders")
    page.get_by_label("Check only, place nothing yet").set_checked(check_only)
    page.get_by_label("Make customers that are not known").check()
    page.get_by_role("button", name="Upload").click()


def _open(page: Page, number: str) -> None:
    page.goto("/orders")
    page.get_by_role("searchbox", name="Search orders").fill(number)
    page.keyboard.press("Enter")
    row_of(page, number).get_by_role("link").first.click()


def test_a_marketplace_sellers_day(people: People, stall: str) -> None:
    page = people.sign_in("seller@stall.example", host=f"{stall}.localhost")

    # The morning's file: checked, placed without its wrong rows, those mended and sent again.
    _upload(page, "morning.csv", _file(), check_only=True)
    place = page.get_by_role("button", name="Place 98 orders")
    expect(place).to_be_visible(timeout=30_000)
    expect(row_of(page, "MP-103")).to_contain_text("There is no SKU NO-SUCH.")
    expect(row_of(page, "MP-104")).to_contain_text("is not a quantity")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows with faults").click()
    wrong = Path(download.value.path()).read_text(encoding="utf-8-sig")
    place.click()
    page.get_by_role("dialog").get_by_role("button", name="Place the orders").click()
    expect(page.get_by_text("100 of 100 orders")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=30_000)
    mended = wrong.replace("NO-SUCH", "BOWL").replace(",two,", ",2,")
    _upload(page, "mended.csv", mended, check_only=False)
    expect(page.get_by_text("2 of 2 orders")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=30_000)

    # What was sent twice waits for a look; the two orders stand side by side.
    page.get_by_role("link", name="Review").first.click()
    expect(page.get_by_text("looks like another order").first).to_be_visible()
    page.get_by_role("link", name="Compare").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("the same as")
    page.get_by_label("Reason").fill("The buyer wants both")
    page.get_by_role("button", name="Both are wanted: release").click()
    expect(page.get_by_text("Nothing waits here")).to_be_visible()

    # Two orders for one hidden receiver became one by themselves.
    _open(page, "MP-001")
    page.reload()
    for sku in ("MUG", "BOWL"):
        expect(page.get_by_role("table", name="Lines").get_by_role("row").filter(has_text=sku)).to_have_count(1)
    expect(page.get_by_text("2 orders in one")).to_be_visible()

    # A flash sale may sell so many and no more, whatever lies in the warehouse.
    page.get_by_role("link", name="Stock").first.click()
    page.get_by_role("link", name="Channels").click()
    page.get_by_label("Channel", exact=True).select_option(label="Marketplace")
    page.get_by_label("Rule").select_option(value="quota")
    page.get_by_label("Units of each SKU").fill(str(_FEW))
    page.get_by_label("Only this SKU").fill("BOWL")
    page.get_by_role("button", name="Add rule").click()
    expect(row_of(page, "BOWL")).to_be_visible()
    rush = "\n".join([_HEAD, *(_line(f"FS-{n}", 1000 + n, "BOWL", "2") for n in range(1, 4))])
    _upload(page, "rush.csv", rush, check_only=False)
    expect(page.get_by_text("3 of 3 orders")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=30_000)

    # The packer decides what waits as one batch: the sale gives its three units, the rest waits.
    packer = people.sign_in("packer@stall.example", host=f"{stall}.localhost", viewport=PHONE)
    packer.goto("/allocation")
    packer.get_by_role("searchbox").fill("buyer_100")
    packer.get_by_role("button", name="Search").click()
    expect(packer.locator("tbody input[type=checkbox]:checked")).to_have_count(3)
    packer.get_by_role("button", name="Allocate these").click()
    expect(packer.get_by_text(re.compile("3 of 6"))).to_be_visible()
    expect(packer.get_by_text("complete", exact=True)).to_have_count(1)
    packer.goto("/orders?tab=backordered")
    expect(packer.get_by_text(re.compile(r"FS-\d"))).to_have_count(2)
