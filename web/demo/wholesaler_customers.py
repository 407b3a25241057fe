"""The wholesaler's customers in depth: a company with three sites and buyers with limits, a request that waits, two
records of one customer, a contact log, names in channels, and grading rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from oms.carts.cart import CartLine
from oms.carts.put_lines import PutLines, put_lines
from oms.carts.submit_cart import SubmitCart
from oms.customer_grading.apply_grading import apply_grading
from oms.customer_log.write_entry import WriteEntry, write_entry
from oms.customer_matching.queries import search_duplicates
from oms.customers.queries import customer_id_of
from oms.customers.save_customer import AddressData, SaveCustomer, save_customer
from oms.customers.save_identity import AddIdentity, add_identity
from oms.customers.save_site import SaveSite, save_site
from oms.purchasing.plan import Limit
from oms.purchasing.save_buyer import SaveBuyer, save_buyer
from oms.purchasing.submit_purchase import submit_purchase
from tenants.access.register_user import RegisterUser, register_user
from tenants.scope import in_work

COMPANY = "K-1001"
GRADING: Mapping[str, Any] = {
    "name": {"en": "By turnover", "zh-CN": "按销售额"},
    "rules": [
        {
            "id": "a", "name": {"en": "Much", "zh-CN": "大客户"}, "grade": "A", "tags": ["regular"],
            "when": {">=": [{"var": "figures.net_365"}, {"dec": "20000"}]},
        },
        {
            "id": "b", "name": {"en": "Some", "zh-CN": "普通客户"}, "grade": "B",
            "when": {">": [{"var": "figures.orders"}, 0]},
        },
    ],
}  # fmt: skip
# (number, name, city, region, street)
SITES = (
    ("01", "Lakeside shop 湖滨店", "Hangzhou", "Zhejiang", "8 Lakeside Road"),
    ("02", "Station shop 车站店", "Hangzhou", "Zhejiang", "1 Station Square"),
    ("03", "Shanghai shop 上海店", "Shanghai", "Shanghai", "200 Bund Lane"),
)


def tell_customers_story(engine: Engine, tenant_id: UUID, people: Mapping[str, Actor], password: str) -> None:
    in_work(engine, tenant_id, people["ops"], partial(_records, rep=people["ops"].id))
    buyer = in_work(engine, tenant_id, people["admin"], partial(_company, people=people, password=password))
    in_work(engine, tenant_id, buyer, _request)
    in_work(engine, tenant_id, people["admin"], apply_grading)


def _records(work: Work, *, rep: UUID | None) -> None:
    """A twin that came from a shop, names in channels, and what was spoken."""
    address = AddressData(
        recipient="West Lake Tea House", street="1 Market St.", city="Hangzhou", region="Zhejiang", country="CN",
        is_default_shipping=True,
    )  # fmt: skip
    twin = save_customer(
        work,
        SaveCustomer(
            number="shop-88412", name="West Lake Teahouse", email="buyer@westlake.example", phone="0571-5555-0199",
            addresses=(address,), payment_terms_days=0,
        ),
    )  # fmt: skip
    add_identity(work, AddIdentity(customer_id=twin, channel="shop", outside_id="88412"))
    save_customer(
        work,
        SaveCustomer(
            number="K-1001-OLD", name="West Lake Tea House (old)", email="Buyer@WestLake.example",
            phone="+86 571 5555 0199",
        ),
    )  # fmt: skip
    search_duplicates(work)
    west = customer_id_of(work, COMPANY)
    add_identity(work, AddIdentity(customer_id=west, channel="marketplace", outside_id="tb_westlake_77"))
    for entry in (
        WriteEntry(customer_id=west, kind="visit", text="Tasted the spring harvest with Mei Lin. 与林梅品鉴春茶。"),
        WriteEntry(
            customer_id=west, kind="call", text="Asked about gift boxes for the new year. 询问新年礼盒。",
            next_step="Send the price of 300 gift boxes 发送300个礼盒报价", due_on=work.today + timedelta(days=2),
            assigned_to=rep,
        ),
        WriteEntry(
            customer_id=customer_id_of(work, "K-1003"), kind="mail", text="Payment reminder sent. 已发催款邮件。",
            next_step="Call about the open invoice 致电确认欠款", due_on=work.today, assigned_to=rep,
        ),
    ):  # fmt: skip
        write_entry(work, entry)


def _company(work: Work, *, people: Mapping[str, Actor], password: str) -> Actor:
    """Three sites; the new buyer orders for the first of them within limits, her colleague approves."""
    west = customer_id_of(work, COMPANY)
    sites = [
        save_site(
            work,
            SaveSite(
                customer_id=west, number=number, name=name,
                address=AddressData(recipient=name, street=street, city=city, region=region, country="CN"),
            ),
        )
        for number, name, city, region, street in SITES
    ]  # fmt: skip
    command = RegisterUser(
        email="shop@westlake.example", name="Xia Tang 唐夏", password=password, role_keys=("buyer",), customer_id=west
    )  # fmt: skip
    buyer = register_user(work, command).user_id
    lead = people["westlake"].id
    assert lead is not None
    limits = (
        Limit(site_id=None, per_order=Decimal(2000), per_month=Decimal(8000)),
        Limit(site_id=sites[0], per_order=None, per_month=Decimal(5000)),
    )
    save_buyer(work, SaveBuyer(customer_id=west, user_id=buyer, limits=limits))
    save_buyer(work, SaveBuyer(customer_id=west, user_id=lead, approves=True))
    return Actor(kind="portal", id=buyer, name=command.name, reach={"customer": frozenset({west})})


def _request(work: Work) -> None:
    """Xia Tang's order goes beyond what she may spend, and waits for Mei Lin."""
    west = customer_id_of(work, COMPANY)
    lines = (CartLine(sku="LJ-250", quantity=Decimal(24)), CartLine(sku="POT-1", quantity=Decimal(4)))
    put_lines(work, PutLines(customer_id=west, lines=lines))
    submit_purchase(work, SubmitCart(customer_id=west, order_type="standard"))
