"""A grocer with real baskets: orders come in by file, as its shops and its online shop report them."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.configuration import publish_bundle, starter_documents
from oms.inventory.save_location import SaveLocation, save_location
from oms.mass.import_products import import_products
from oms.mass.jobs import TOOLS
from oms.mass.run_import import run_import
from oms.mass.stage_file import StageFile, stage_file
from oms.pricing.save_tax_rate import save_tax_rate
from tenants.access.register_user import RegisterUser, register_user
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work, open_work
from web.demo.grocer_marketplace import CHANNEL, tell_marketplace_story
from web.demo.wholesaler import PASSWORD

SLUG = "greengrocer"
_DATA = Path(__file__).parent / "data"

DOCUMENTS = {
    "fields/order": {
        "fields": [
            {
                "id": "f1", "key": "store_id", "labels": {"en": "Store", "zh-CN": "门店"}, "type": "text",
                "max_length": 20, "search": "eq",
            }
        ]
    },
    "numbering/standard": {
        "name": {"en": "Orders", "zh-CN": "订单"}, "pattern": "G-{yy}{mm}-{seq:7}", "reset": "month",
    },
    "review_rules/standard": {
        "name": {"en": "Baskets to look at", "zh-CN": "需查看的订单"},
        "rules": [
            {
                "id": "r1", "name": {"en": "Large basket", "zh-CN": "大额订单"},
                "when": {">": [{"var": "order.total"}, {"dec": "400"}]},
                "outcome": {
                    "do": "hold", "hold_type": "review",
                    "reason": {"en": "More than 400 USD in one basket", "zh-CN": "单笔超过 400 美元"},
                },
            }
        ],
    },
    "allocation_rule/standard": {
        "name": {"en": "One parcel if possible", "zh-CN": "尽量一包发出"},
        "strategies": [{"id": "s1", "strategy": "fewest_splits"}, {"id": "s2", "strategy": "priority"}],
        "on_short": "backorder",
    },
    "order_type/standard": {
        "name": {"en": "Online orders", "zh-CN": "网店订单"},
        "channels": ["file", "api", "shop", "console"],
        "numbering": "standard",
        "review_rules": "standard",
        "allocation_rule": "standard",
        "prices": {"source": "given"},
        "credit": {"policy": "ignore"},
        "tax": {"prices_include_tax": True},
        "rounding": {"level": "line", "mode": "half_up"},
        "allow_backorder": True,
        "auto_allocate": True,
    },
    "order_type/store_sales": {
        "name": {"en": "Store sales", "zh-CN": "门店销售"},
        "channels": ["file", "store"],
        "numbering": "standard",
        "allocation_rule": "standard",
        "prices": {"source": "given"},
        "credit": {"policy": "ignore"},
        "tax": {"prices_include_tax": True},
        "rounding": {"level": "line", "mode": "half_up"},
        "allow_backorder": True,
        "auto_allocate": False,
    },
}  # fmt: skip

_STOCK = """
INSERT INTO stock_positions (tenant_id, sku_id, location_id, on_hand)
SELECT s.tenant_id, s.id, l.id, CASE WHEN hashtext(s.code || l.key) %% 9 = 0 THEN 1 ELSE %(units)s END
FROM skus s JOIN locations l ON l.tenant_id = s.tenant_id
WHERE s.tenant_id = %(tenant)s
ON CONFLICT DO NOTHING
"""
_MOVEMENTS = """
INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, kind, cause, on_hand_change, reason, at, actor)
SELECT tenant_id, new_id(), sku_id, location_id, 'received', 'opening', on_hand, 'Opening stock', %(now)s, 'Orderloom'
FROM stock_positions WHERE tenant_id = %(tenant)s
"""


def seed_grocer(system_engine: Engine, app_engine: Engine) -> UUID:
    """Makes the tenant and imports its baskets. Returns its id."""
    tenant = create_tenant(
        system_engine, app_engine,
        CreateTenant(
            slug=SLUG, name="Green Grocer", admin_email=f"admin@{SLUG}.example", admin_name="Grace Hill",
            admin_password=PASSWORD, zone="America/New_York", currency="USD", locale="en",
        ),
    )  # fmt: skip
    in_work(app_engine, tenant.tenant_id, SYSTEM, _prepare)
    run_id = in_work(app_engine, tenant.tenant_id, SYSTEM, _stage)
    run_import(lambda tenant_id: open_work(app_engine, tenant_id), tenant.tenant_id, run_id, TOOLS)
    tell_marketplace_story(app_engine, tenant.tenant_id)
    return tenant.tenant_id


def _prepare(work: Work) -> None:
    publish_bundle(work, {**starter_documents(), **DOCUMENTS}, notes="First release")
    save_tax_rate(work, "standard", Decimal(0))
    register_user(
        work, RegisterUser(email=f"ops@{SLUG}.example", name="Otto Field", password=PASSWORD, role_keys=("operator",))
    )
    for key, name, priority in (("central", "Central fulfilment", 10), ("north", "North fulfilment", 20)):
        save_location(work, SaveLocation(key=key, names={"en": name, "zh-CN": name}, country="US", priority=priority))
    with (_DATA / "retail_products.csv.gz").open("rb") as file:
        import_products(work, file, "retail_products.csv.gz")
    work.execute(_STOCK, {"tenant": work.tenant_id, "units": 40})
    work.execute(_MOVEMENTS, {"tenant": work.tenant_id, "now": work.now})


def _stage(work: Work) -> UUID:
    command = StageFile(
        file_name="baskets.csv",
        channel="file",
        order_type="standard",
        check_only=False,
        create_customers=True,
        announce=False,
    )
    return stage_file(work, command, io.BytesIO(recent_baskets()), ["store_id"]).run_id


def recent_baskets() -> bytes:
    """The baskets as CSV, moved by whole weeks so that the last of them is a few days old."""
    with gzip.open(_DATA / "retail_orders.csv.gz", "rt", newline="") as file:
        rows = list(csv.reader(file))
    column = rows[0].index("transaction_timestamp")
    last = max(datetime.fromisoformat(row[column]) for row in rows[1:])
    weeks = (datetime.now(UTC).replace(tzinfo=None) - last).days // 7
    for row in rows[1:]:
        row[column] = (datetime.fromisoformat(row[column]) + timedelta(weeks=weeks)).isoformat(" ")
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def is_seeded(engine: Engine, tenant_id: UUID) -> bool:
    """Whether the story is told: the orders of the marketplace are the last of it."""
    asked = "SELECT 1 FROM orders WHERE tenant_id = %(tenant)s AND channel = %(channel)s LIMIT 1"
    with open_work(engine, tenant_id) as work:
        return bool(work.scalar(asked, {"tenant": tenant_id, "channel": CHANNEL}))
