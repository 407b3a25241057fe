"""A tea wholesaler in Hangzhou: contract prices, credit near its limit, orders that wait for approval, split
promises, backorders. Everything is made through the product's own use cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from kernel.clock import frozen_at
from kernel.db import SYSTEM, Actor, Work
from oms.configuration import publish_bundle, starter_documents
from oms.placement.act_on_approval import ActOnApproval, act_on_approval
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.change_user import ChangeUser, change_user
from tenants.access.register_user import RegisterUser, register_user
from tenants.access.save_department import CreateDepartment, create_department
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work, open_work
from web.demo.wholesaler_backorders import tell_backorder_story
from web.demo.wholesaler_books import tell_books_of_today, tell_first_books
from web.demo.wholesaler_changes import tell_changes_story
from web.demo.wholesaler_customers import tell_customers_story
from web.demo.wholesaler_documents import DOCUMENTS
from web.demo.wholesaler_intake import tell_intake_story
from web.demo.wholesaler_masters import save_masters, save_own_fields
from web.demo.wholesaler_promotions import save_price_terms
from web.demo.wholesaler_stock import tell_stock_story

SLUG = "acme"
PASSWORD = "tea-and-orders"  # noqa: S105  (the demo's, printed when it starts)

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
        in_work(app_engine, tenant.tenant_id, SYSTEM, save_masters)
    people = in_work(app_engine, tenant.tenant_id, SYSTEM, _people)
    with frozen_at(start):
        in_work(app_engine, tenant.tenant_id, SYSTEM, _publish)  # the flow names departments, which are there now
        in_work(app_engine, tenant.tenant_id, SYSTEM, save_own_fields)
        in_work(app_engine, tenant.tenant_id, SYSTEM, save_price_terms)
    _story(app_engine, tenant.tenant_id, people, start)
    return tenant.tenant_id


def _publish(work: Work) -> None:
    publish_bundle(work, {**starter_documents(), **DOCUMENTS}, notes="First release: wholesale / 首个版本：批发")


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
        in_work(engine, tenant_id, people["finance"], tell_first_books)
    in_work(engine, tenant_id, people["finance"], tell_books_of_today)
    tell_changes_story(engine, tenant_id, people)
    tell_backorder_story(engine, tenant_id, people)
    tell_intake_story(engine, tenant_id, people)
    tell_customers_story(engine, tenant_id, people, PASSWORD)


def is_seeded(engine: Engine, tenant_id: UUID) -> bool:
    """Whether the story was told to its end."""
    with open_work(engine, tenant_id) as work:
        return bool(
            work.scalar("SELECT 1 FROM dunning_steps WHERE tenant_id = %(tenant)s LIMIT 1", {"tenant": tenant_id})
        )
