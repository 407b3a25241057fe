"""A tea wholesaler in Hangzhou: contract prices, credit near its limit, orders that wait for approval, split
promises, backorders. Everything is made through the product's own use cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kernel.clock import frozen_at
from kernel.db import SYSTEM, Actor, Work
from oms.catalog.save_product import SaveProduct, SkuData, save_product
from oms.configuration import publish_bundle, starter_documents
from oms.credit.raise_limit import RaiseLimit, raise_limit
from oms.credit.save_account import SaveAccount, save_account
from oms.customers.save_customer import AddressData, ContactData, SaveCustomer, save_customer
from oms.customers.save_group import save_group
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.inventory.save_location import SaveLocation, save_location
from oms.placement.act_on_approval import ActOnApproval, act_on_approval
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.pricing.save_price_list import SavePriceList, Tier, save_price_list
from oms.pricing.save_tax_rate import save_tax_rate
from oms.receivables.apply_payment import ApplyPayment, apply_payment
from oms.receivables.dun import dun_overdue
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.jobs import age_receivables
from oms.receivables.post_receivable import PostReceivable, post_receivable
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.receivables.save_steps import Step, save_steps
from tenants.access.change_user import ChangeUser, change_user
from tenants.access.register_user import RegisterUser, register_user
from tenants.access.save_department import CreateDepartment, create_department
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work, open_work
from web.demo.wholesaler_backorders import tell_backorder_story
from web.demo.wholesaler_changes import tell_changes_story
from web.demo.wholesaler_customers import tell_customers_story
from web.demo.wholesaler_documents import DOCUMENTS
from web.demo.wholesaler_intake import tell_intake_story
from web.demo.wholesaler_promotions import save_price_terms
from web.demo.wholesaler_stock import tell_stock_story

SLUG = "acme"
PASSWORD = "tea-and-orders"  # noqa: S105  (the demo's, printed when it starts)

# (code, English name, Chinese name, category, price, box of)
PRODUCTS = (
    ("LJ-250", "Longjing 250 g", "龙井 250 克", "Green tea", "68.00", 24),
    ("LJ-500", "Longjing 500 g", "龙井 500 克", "Green tea", "126.00", 12),
    ("BLC-250", "Biluochun 250 g", "碧螺春 250 克", "Green tea", "72.00", 24),
    ("MF-250", "Maofeng 250 g", "黄山毛峰 250 克", "Green tea", "58.00", 24),
    ("QM-250", "Keemun 250 g", "祁门红茶 250 克", "Black tea", "54.00", 24),
    ("DH-250", "Dianhong 250 g", "滇红 250 克", "Black tea", "49.50", 24),
    ("LSX-100", "Lapsang Souchong 100 g", "正山小种 100 克", "Black tea", "45.00", 36),
    ("TGY-250", "Tieguanyin 250 g", "铁观音 250 克", "Oolong", "88.00", 24),
    ("DHP-100", "Dahongpao 100 g", "大红袍 100 克", "Oolong", "96.00", 36),
    ("PE-357", "Pu'er cake 357 g", "普洱饼 357 克", "Pu'er", "135.00", 12),
    ("BM-100", "White Peony 100 g", "白牡丹 100 克", "White tea", "79.00", 36),
    ("JJ-50", "Chrysanthemum 50 g", "杭白菊 50 克", "Herbal", "18.50", 48),
    ("CUP-6", "Glass cups, set of 6", "玻璃杯 6 只装", "Ware", "42.00", 8),
    ("POT-1", "Yixing teapot", "宜兴紫砂壶", "Ware", "260.00", 4),
    ("TIN-250", "Tea tin 250 g", "茶叶罐 250 克", "Ware", "12.80", 60),
    ("BAG-K", "Gift bags, 100 pieces", "礼品袋 100 只", "Ware", "33.00", 10),
)
LOCATIONS = (
    SaveLocation(
        key="hangzhou", names={"en": "Hangzhou warehouse", "zh-CN": "杭州总仓"}, country="CN", region="Zhejiang",
        city="Hangzhou", latitude=Decimal("30.2741"), longitude=Decimal("120.1551"), priority=10,
    ),
    SaveLocation(
        key="guangzhou", names={"en": "Guangzhou warehouse", "zh-CN": "广州仓"}, country="CN", region="Guangdong",
        city="Guangzhou", latitude=Decimal("23.1291"), longitude=Decimal("113.2644"), priority=20,
    ),
    SaveLocation(
        key="shanghai_store", names={"en": "Shanghai store", "zh-CN": "上海门店"}, kind="store", country="CN",
        region="Shanghai", city="Shanghai", latitude=Decimal("31.2304"), longitude=Decimal("121.4737"), priority=50,
    ),
)  # fmt: skip
# (number, name, group, limit, terms, city, region, latitude, longitude, mail)
CUSTOMERS = (
    ("K-1001", "West Lake Tea House 西湖茶舍", "gold", "120000", 30, "Hangzhou", "Zhejiang", "30.25", "120.13", "buyer@westlake.example"),
    ("K-1002", "Bund Provisions 外滩食品", "gold", "60000", 30, "Shanghai", "Shanghai", "31.24", "121.49", "buyer@bund.example"),
    ("K-1003", "Pearl River Trading 珠江商贸", "silver", "40000", 15, "Guangzhou", "Guangdong", "23.10", "113.30", "orders@pearlriver.example"),
    ("K-1004", "Slender Lake Gifts 瘦西湖礼品", "silver", "15000", 15, "Yangzhou", "Jiangsu", "32.39", "119.41", "hello@slenderlake.example"),
    ("K-1005", "Plateau Stores 高原商店", None, "20000", 30, "Lhasa", "Tibet", "29.65", "91.14", "buy@plateau.example"),
    ("K-1006", "Corner Cafe 街角咖啡", None, None, 0, "Suzhou", "Jiangsu", "31.30", "120.58", "cafe@corner.example"),
)  # fmt: skip
# What the wholesaler's own fields hold, for those who have any.
CUSTOMER_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "K-1001": {
        "level": "a", "bank_account": "6222 0236 0202 1234", "visits": [
            {"day": "2026-09-14", "topic": "Spring harvest, tasting 春茶品鉴"}, {"day": "2026-11-03", "topic": "Contract for 2027 年度合同"},
        ],
    },
    "K-1002": {"level": "a", "visits": [{"day": "2026-10-21", "topic": "New shelf in Pudong 浦东新货架"}]},
    "K-1003": {"level": "b", "bank_account": "6217 0033 2000 5678"},
}  # fmt: skip
ORIGINS = {"LJ-250": ("Hangzhou 杭州西湖", "2026-03-28"), "MF-250": ("Huangshan 黄山", "2026-04-12")}
# (key, name, roles, department, manager, may decide up to)
STAFF: tuple[tuple[str, str, tuple[str, ...], str, str | None, str | None], ...] = (
    ("admin", "Ada Chen 陈雅达", ("admin",), "company", None, None),
    ("lead", "Lena Zhou 周丽娜", ("approver",), "sales", "admin", "50000"),
    ("finance", "Fay Wang 王菲菲", ("finance",), "finance", "admin", "200000"),
    ("ops", "Oscar Li 李澳", ("operator",), "sales", "lead", None),
    ("stock", "Wei Sun 孙伟", ("warehouse",), "logistics", "admin", None),
    ("rep", "Rita Gu 顾瑞塔", ("sales_rep",), "sales", "lead", None),
)
# (key, English name, Chinese name, part of, head)
DEPARTMENTS = (
    ("company", "Acme Tea", "茗源茶业", None, "admin"),
    ("sales", "Sales", "销售部", "company", "lead"),
    ("finance", "Finance", "财务部", "company", "finance"),
    ("logistics", "Logistics", "仓储物流部", "company", "stock"),
)


def seed_wholesaler(system_engine: Engine, app_engine: Engine) -> UUID:
    """Makes the tenant with its story. Returns its id."""
    tenant = create_tenant(
        system_engine, app_engine,
        CreateTenant(
            slug=SLUG, name="Acme Tea 茗源茶业", admin_email=f"admin@{SLUG}.example", admin_name=STAFF[0][1],
            admin_password=PASSWORD, zone="Asia/Shanghai", currency="CNY", locale="zh-CN",
        ),
    )  # fmt: skip
    start = datetime.now(UTC).replace(hour=1, minute=30, second=0, microsecond=0) - timedelta(days=24)
    with frozen_at(start):
        in_work(app_engine, tenant.tenant_id, SYSTEM, _master_data)
    people = in_work(app_engine, tenant.tenant_id, SYSTEM, _people)
    with frozen_at(start):
        in_work(app_engine, tenant.tenant_id, SYSTEM, _publish)  # the flow names departments, which are there now
        in_work(app_engine, tenant.tenant_id, SYSTEM, _own_fields)
        in_work(app_engine, tenant.tenant_id, SYSTEM, save_price_terms)
    _story(app_engine, tenant.tenant_id, people, start)
    return tenant.tenant_id


def _publish(work: Work) -> None:
    publish_bundle(work, {**starter_documents(), **DOCUMENTS}, notes="First release: wholesale / 首个版本：批发")


def _master_data(work: Work) -> None:
    save_tax_rate(work, "standard", Decimal("0.13"))
    for code, en, zh, category, _, box in PRODUCTS:
        sku = SkuData(
            code=code, name=f"{en} {zh}", units={"box": Decimal(box)}, barcodes={_barcode(code): None},
            order_multiple=Decimal(1),
        )  # fmt: skip
        save_product(work, SaveProduct(code=code, name=f"{en} {zh}", brand="Acme", category=category, skus=(sku,)))
    save_group(work, "gold", {"en": "Gold", "zh-CN": "金牌客户"})
    save_group(work, "silver", {"en": "Silver", "zh-CN": "银牌客户"})
    locations = {location.key: save_location(work, location) for location in LOCATIONS}
    for index, (code, *_) in enumerate(PRODUCTS):
        sku_id = work.scalar(
            "SELECT id FROM skus WHERE tenant_id = %(tenant)s AND code = %(code)s",
            {"tenant": work.tenant_id, "code": code},
        )
        for key, units in (("hangzhou", 900), ("guangzhou", 320), ("shanghai_store", 40)):
            quantity = Decimal(max(units - index * (units // 20), 12))
            if code != "POT-1" or key == "hangzhou":
                command = ReceiveStock(
                    sku_id=sku_id, location_id=locations[key], quantity=quantity, reason="Opening stock"
                )
                receive_stock(work, command)
    for customer in CUSTOMERS:
        _save_customer(work, *customer)
    _prices(work)


def _own_fields(work: Work) -> None:
    """What the company's own fields hold; they are there once the configuration is."""
    for customer in CUSTOMERS:
        if values := CUSTOMER_FIELDS.get(customer[0]):
            _save_customer(work, *customer, custom=values)
    for code, en, zh, category, *_ in PRODUCTS:
        if origin := ORIGINS.get(code):
            found = dict(zip(("origin", "harvested_on"), origin, strict=True))
            product = SaveProduct(code=code, name=f"{en} {zh}", brand="Acme", category=category, skus=(), custom=found)
            save_product(work, product)


def _save_customer(
    work: Work, number: str, name: str, group: str | None, limit: str | None, terms: int, city: str, region: str,
    latitude: str, longitude: str, mail: str, *, custom: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    account = None
    if limit:
        account = f"CA-{number[2:]}"
        save_account(work, SaveAccount(number=account, name=name, currency="CNY", credit_limit=Decimal(limit)))
    address = AddressData(
        label=city, recipient=name, street="1 Market Street", city=city, region=region, country="CN",
        latitude=Decimal(latitude), longitude=Decimal(longitude), is_default_shipping=True, is_default_billing=True,
    )  # fmt: skip
    contact = ContactData(
        name="Purchasing 采购部", position="Purchasing", email=mail, phone=f"+86 571 5555 01{number[-2:]}"
    )
    save_customer(
        work,
        SaveCustomer(
            number=number, name=name, email=mail, group=group, credit_account=account, payment_terms_days=terms,
            addresses=(address,), contacts=(contact,), phone=f"+86 571 5555 01{number[-2:]}", custom=custom or {},
            prepay_percent=None if limit else Decimal(100),
        ),
    )  # fmt: skip


def _prices(work: Work) -> None:
    base = [Tier(code, Decimal(price)) for code, _, _, _, price, _ in PRODUCTS]
    base += [Tier(code, Decimal(price) * Decimal("0.96"), Decimal(box)) for code, _, _, _, price, box in PRODUCTS]
    save_price_list(
        work, SavePriceList(key="base", names={"en": "Base prices", "zh-CN": "基准价"}, currency="CNY", tiers=base)
    )
    gold = [
        Tier(code, (Decimal(price) * Decimal("0.92")).quantize(Decimal("0.01"))) for code, _, _, _, price, _ in PRODUCTS
    ]
    save_price_list(
        work,
        SavePriceList(
            key="gold", names={"en": "Gold customers", "zh-CN": "金牌客户价"}, currency="CNY", scope="customer_group",
            groups=("gold",), tiers=gold,
        ),
    )  # fmt: skip
    save_price_list(
        work,
        SavePriceList(
            key="westlake", names={"en": "West Lake contract", "zh-CN": "西湖茶舍合同价"}, currency="CNY",
            scope="contract", customers=("K-1001",),
            tiers=[Tier("LJ-250", Decimal("59.00")), Tier("LJ-250", Decimal("56.50"), Decimal(120)), Tier("BLC-250", Decimal("63.00"))],
        ),
    )  # fmt: skip


def _barcode(code: str) -> str:
    """An EAN-13 made of the code's letters, with its check digit."""
    digits = f"690{sum(ord(letter) * 31**i for i, letter in enumerate(code)) % 10**9:09d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits + str(-total % 10)


def _people(work: Work) -> dict[str, Actor]:
    """Staff and two buyers; key -> who they act as."""
    people = {}
    for key, name, roles, *_ in STAFF:
        email = f"{key}@{SLUG}.example"
        if key == "admin":
            user_id = work.scalar(
                "SELECT id FROM users WHERE tenant_id = %(tenant)s AND email = %(email)s",
                {"tenant": work.tenant_id, "email": email},
            )
        else:
            user_id = register_user(
                work, RegisterUser(email=email, name=name, password=PASSWORD, role_keys=roles)
            ).user_id
        people[key] = Actor(kind="staff", id=user_id, name=name)
    _organisation(work, people)
    for key, name, number in (("westlake", "Mei Lin 林梅", "K-1001"), ("bund", "Bo Xu 徐博", "K-1002")):
        customer = work.scalar(
            "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s",
            {"tenant": work.tenant_id, "number": number},
        )
        command = RegisterUser(
            email=f"buyer@{key}.example", name=name, password=PASSWORD, role_keys=("buyer",),
            customer_id=customer,
        )  # fmt: skip
        user_id = register_user(work, command).user_id
        people[key] = Actor(kind="portal", id=user_id, name=name, reach={"customer": frozenset({customer})})
    return people


def _organisation(work: Work, people: dict[str, Actor]) -> None:
    """The departments with their heads, and everybody's place in them."""
    departments: dict[str, UUID] = {}
    for key, en, zh, parent, head in DEPARTMENTS:
        command = CreateDepartment(
            key=key, names={"en": en, "zh-CN": zh}, parent_id=departments[parent] if parent else None,
            head_id=people[head].id,
        )  # fmt: skip
        departments[key] = create_department(work, command).department_id
    for key, name, _, department, manager, limit in STAFF:
        user_id = people[key].id
        assert user_id is not None
        change_user(
            work,
            ChangeUser(
                user_id=user_id, name=name, active=True, manager_id=people[manager].id if manager else None,
                department_id=departments[department], approval_limit=Decimal(limit) if limit else None,
            ),
        )  # fmt: skip


# (days after the start, hour UTC, who, customer, channel, lines, custom fields)
_ORDERS: tuple[tuple[int, int, str, str, str, tuple[tuple[str, str, str | None], ...], dict[str, str]], ...] = (
    (1, 2, "westlake", "K-1001", "portal", (("LJ-250", "5", "box"), ("CUP-6", "4", None)), {"po_number": "WL-2201"}),
    (2, 3, "rep", "K-1003", "console", (("DH-250", "40", None), ("JJ-50", "2", "box")), {}),
    (3, 6, "bund", "K-1002", "portal", (("TGY-250", "30", None), ("BM-100", "24", None)), {"po_number": "B-117"}),
    (5, 2, "westlake", "K-1001", "portal", (("BLC-250", "3", "box"), ("TIN-250", "2", "box")), {"po_number": "WL-2214"}),
    (6, 5, "ops", "K-1004", "console", (("LJ-500", "20", None), ("BAG-K", "6", None)), {}),
    (8, 7, "rep", "K-1006", "console", (("QM-250", "6", None),), {}),
    (9, 1, "bund", "K-1002", "portal", (("PE-357", "36", None), ("DHP-100", "36", None)), {"po_number": "B-121"}),
    (11, 4, "westlake", "K-1001", "portal", (("LJ-250", "12", "box"), ("MF-250", "6", "box")), {"po_number": "WL-2230"}),
    (13, 8, "ops", "K-1005", "console", (("PE-357", "24", None), ("CUP-6", "10", None)), {}),
    (15, 2, "rep", "K-1003", "console", (("DH-250", "330", None), ("LSX-100", "60", None)), {}),
    (17, 3, "westlake", "K-1001", "portal", (("POT-1", "140", None), ("LJ-500", "10", "box")), {"po_number": "WL-2251"}),
    (18, 6, "bund", "K-1002", "portal", (("LJ-250", "40", None), ("CUP-6", "30", None)), {"delivery_window": "morning"}),
    (20, 2, "rep", "K-1004", "console", (("TGY-250", "80", None), ("DHP-100", "48", None)), {}),
    (21, 5, "bund", "K-1002", "portal", (("BM-100", "200", None), ("QM-250", "5", "box")), {"po_number": "B-140"}),
    (22, 4, "westlake", "K-1001", "portal", (("LJ-250", "20", "box"), ("TGY-250", "8", "box")), {"po_number": "WL-2266"}),
    (23, 1, "rep", "K-1003", "console", (("JJ-50", "300", None), ("TIN-250", "180", None)), {}),
    (23, 5, "westlake", "K-1001", "portal", (("BLC-250", "2", "box"), ("JJ-50", "1", "box")), {"po_number": "WL-2270"}),
    (24, 1, "bund", "K-1002", "portal", (("DH-250", "60", None),), {"po_number": "B-144"}),
)  # fmt: skip


def _story(engine: Engine, tenant_id: UUID, people: dict[str, Actor], start: datetime) -> None:
    """Three weeks and a bit of orders, the last of them this morning."""
    for index, (day, hour, who, customer, channel, lines, custom) in enumerate(_ORDERS):
        at = min(
            start + timedelta(days=day, hours=hour, minutes=7 * index % 50), datetime.now(UTC) - timedelta(minutes=20)
        )
        command = PlaceOrder(
            order_type="standard", channel=channel, customer_number=customer, custom=custom,
            coupons=("WELCOME50",) if index == 4 else (),
            lines=tuple(LineRequest(sku=sku, quantity=Decimal(quantity), unit=unit) for sku, quantity, unit in lines),
        )  # fmt: skip
        with frozen_at(at):
            placed = in_work(engine, tenant_id, people[who], partial(place, command=command))
        if index == 10:  # the first big order was approved by sales, and waits for finance
            approval = ActOnApproval(
                order_id=placed.order_id, action="approve", comment="Agreed with West Lake / 已与客户确认"
            )
            with frozen_at(at + timedelta(hours=2)):
                in_work(engine, tenant_id, people["lead"], partial(act_on_approval, command=approval))
    tell_stock_story(engine, tenant_id, people["stock"], datetime.now(UTC))
    with frozen_at(start + timedelta(days=4)):
        in_work(engine, tenant_id, people["finance"], _receivables)
    in_work(engine, tenant_id, people["finance"], _books_of_today)
    tell_changes_story(engine, tenant_id, people)
    tell_backorder_story(engine, tenant_id, people)
    tell_intake_story(engine, tenant_id, people)
    tell_customers_story(engine, tenant_id, people, PASSWORD)


def _receivables(work: Work) -> None:
    """Invoices and payments: one paid, one open, one overdue."""
    customers = {
        row.number: row.id
        for row in work.rows(
            "SELECT id, number FROM customers WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    }
    west, bund, slender = customers["K-1001"], customers["K-1002"], customers["K-1004"]
    paid = post_receivable(
        work, PostReceivable(customer_id=west, kind="invoice", number="INV-3001", amount=Decimal("8200.00"))
    )
    money = post_receivable(
        work, PostReceivable(customer_id=west, kind="payment", number="PAY-911", amount=Decimal("9000.00"))
    )
    apply_payment(
        work, ApplyPayment(payment_id=money.receivable_id, invoice_id=paid.receivable_id, amount=Decimal("8200.00"))
    )
    post_receivable(
        work, PostReceivable(customer_id=bund, kind="invoice", number="INV-3002", amount=Decimal("31500.00"))
    )
    post_receivable(
        work,
        PostReceivable(
            customer_id=slender, kind="invoice", number="INV-2990", amount=Decimal("6400.00"),
            due_on=work.today + timedelta(days=5),
        ),
    )  # fmt: skip


def _books_of_today(work: Work) -> None:
    """Debts of every age, one account stopped for them, a company above two accounts, a raise, invoices of orders."""
    customers = {
        row.number: row.id
        for row in work.rows(
            "SELECT id, number FROM customers WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    }
    accounts = {
        row.number: row.id
        for row in work.rows(
            "SELECT id, number FROM credit_accounts WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    }
    for customer, number, amount, days in (
        ("K-1003", "INV-2871", "1850.00", 12), ("K-1003", "INV-2790", "960.50", 41), ("K-1004", "INV-2703", "1200.00", 72),
        ("K-1005", "INV-2511", "3400.00", 104),
    ):  # fmt: skip
        due_on = work.today - timedelta(days=days)
        post_receivable(work, PostReceivable(
            customer_id=customers[customer], kind="invoice", number=number, amount=Decimal(amount), due_on=due_on,
        ))  # fmt: skip
    orders = work.rows(
        "SELECT id, customer_id FROM orders WHERE tenant_id = %(tenant)s AND status = 'placed' AND open_holds = 0"
        " AND customer_id = ANY(%(customers)s) ORDER BY placed_at LIMIT 2",
        {"tenant": work.tenant_id, "customers": [customers["K-1001"], customers["K-1003"]]},
    )
    for order in orders:
        invoice_order(work, InvoiceOrder(order_id=order.id))
    receive_payment(work, ReceivePayment(
        customer_id=customers["K-1002"], amount=Decimal("20000.00"), method="bank", reference="ICBC-88123", apply=True,
    ))  # fmt: skip
    save_account(work, SaveAccount(
        number="CA-GROUP", name="East China group 华东集团", currency="CNY", credit_limit=Decimal(150000),
    ))  # fmt: skip
    for number, name, limit in (
        ("CA-1002", "Bund Provisions 外滩食品", "60000"), ("CA-1004", "Slender Lake Gifts 瘦西湖礼品", "15000"),
    ):  # fmt: skip
        save_account(work, SaveAccount(
            number=number, name=name, currency="CNY", credit_limit=Decimal(limit), parent="CA-GROUP",
        ))  # fmt: skip
    raise_limit(work, RaiseLimit(
        account_id=accounts["CA-1004"], credit_limit=Decimal(20000), from_on=work.today,
        until_on=work.today + timedelta(days=21), reason="Spring Festival gifts 春节礼盒",
    ))  # fmt: skip
    save_steps(work, (
        Step(after_days=5), Step(after_days=30, words="Please call us if something is wrong. 如有疑问请来电。"),
        Step(after_days=90, stop=True),
    ))  # fmt: skip
    age_receivables(work)
    dun_overdue(work)


def is_seeded(engine: Engine, tenant_id: UUID) -> bool:
    """Whether the story was told to its end."""
    with open_work(engine, tenant_id) as work:
        return bool(
            work.scalar("SELECT 1 FROM dunning_steps WHERE tenant_id = %(tenant)s LIMIT 1", {"tenant": tenant_id})
        )
