"""The grocer's stall on a marketplace: buyers whose receivers are hidden, orders sent twice, parcels that go together,
a flash sale that must not sell the shop's stock. A file as the marketplace gives it out, of the last hours."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.channel_stock.save_rule import SaveChannelRule, save_channel_rule
from oms.configuration import publish_bundle
from oms.mass.jobs import TOOLS
from oms.mass.run_import import run_import
from oms.mass.stage_file import StageFile, stage_file
from tenants.scope import in_work, open_work

CHANNEL = "marketplace"
_BUYERS = 36
_GOODS = """
SELECT s.id, s.code FROM skus s JOIN stock_positions p ON p.tenant_id = s.tenant_id AND p.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.active GROUP BY s.id, s.code HAVING min(p.on_hand) >= 20 ORDER BY s.code LIMIT 12
"""
_HEAD = (
    "Order number", "Customer number", "Customer name", "Ordered at", "SKU", "Quantity", "Unit price", "Merge key",
    "Recipient", "Street", "City", "Region", "Country", "Buyer's note",
)  # fmt: skip


def _named(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh-CN": zh}


def _reason(en: str, zh: str) -> dict[str, Any]:
    return {"do": "hold", "hold_type": "review", "reason": _named(en, zh)}


DOCUMENTS: dict[str, Any] = {
    "review_rules/marketplace": {
        "name": _named("Before packing", "配货前审核"),
        "rules": [
            {
                "id": "r1", "name": _named("Buyer wrote something", "买家有留言"),
                "when": {"!=": [{"trim": [{"var": "order.buyer_note"}]}, ""]},
                "outcome": _reason("Read the buyer's note first", "请先查看买家留言"),
            },
            {
                "id": "r2", "name": _named("Looks like a reseller", "疑似囤货"),
                "when": {"some": [{"var": "order.lines"}, {">=": [{"var": "quantity"}, 20]}]},
                "outcome": _reason("20 or more of one SKU", "同一商品 20 件及以上"),
            },
        ],
    },
    "merge_rules/marketplace": {
        "name": _named("One parcel a receiver", "同收件人合一包"), "automatic": True, "within_hours": 24,
        "only_unallocated": True,
    },
    "split_rules/marketplace": {
        "name": _named("By warehouse", "按仓库"),
        "rules": [{"id": "place", "name": _named("By warehouse", "按仓库"), "by": {"how": "location"}}],
    },
    "order_type/marketplace": {
        "name": _named("Marketplace orders", "平台订单"),
        "channels": [CHANNEL],
        "numbering": "standard",
        "review_rules": "marketplace",
        "allocation_rule": "standard",
        "merge_rules": "marketplace",
        "split_rules": "marketplace",
        "duplicates": {"window_hours": 24, "same": ["buyer", "goods"], "then": "hold"},
        "prices": {"source": "given"},
        "credit": {"policy": "ignore"},
        "tax": {"prices_include_tax": True},
        "rounding": {"level": "line", "mode": "half_up"},
        "allow_backorder": True,
        "auto_allocate": False,
    },
}  # fmt: skip


def tell_marketplace_story(engine: Engine, tenant_id: UUID) -> None:
    """After the baskets are in. The worker merges what belongs together once it runs."""
    run_id = in_work(engine, tenant_id, SYSTEM, _prepare)
    run_import(lambda tenant: open_work(engine, tenant), tenant_id, run_id, TOOLS)


def _prepare(work: Work) -> UUID:
    publish_bundle(work, DOCUMENTS, notes="Orders of the marketplace")
    goods = work.rows(_GOODS, {"tenant": work.tenant_id})
    for index, (kind, units) in enumerate((("quota", 10), ("exclusive", 15))):
        sale = SaveChannelRule(
            channel=CHANNEL, kind=kind, quantity=Decimal(units), sku_id=goods[index].id, valid_from=work.today,
            valid_to=work.today + timedelta(days=2), note="Flash sale / 限时抢购",
        )  # fmt: skip
        save_channel_rule(work, sale)
    save_channel_rule(
        work, SaveChannelRule(channel=CHANNEL, kind="buffer", percent=Decimal(10), note="Shops first / 门店优先")
    )
    command = StageFile(
        file_name="marketplace.csv", channel=CHANNEL, order_type="marketplace", check_only=False, create_customers=True,
        announce=False,
    )  # fmt: skip
    return stage_file(work, command, io.BytesIO(_file(work, [one.code for one in goods])), []).run_id


def _file(work: Work, skus: list[str]) -> bytes:
    """A file of the last hours: every sixth buyer orders twice for one parcel, some send an order again, one writes a
    note, one buys for a shop, and two rows are wrong."""
    rows: list[tuple[str, ...]] = [_HEAD]

    def add(number: str, buyer: int, minutes: int, sku: str, units: str, note: str = "") -> None:
        at = (work.now - timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")
        rows.append(
            (
                number,
                f"TB-{buyer:04d}",
                f"tb_{buyer:04d}***",
                at,
                sku,
                units,
                "4.99",
                f"oaid-{buyer:04d}",
                "***",
                "*** High Street",
                "Boston",
                "MA",
                "US",
                note,
            )  # fmt: skip
        )

    for buyer in range(1, _BUYERS + 1):
        sku, minutes = skus[buyer % len(skus)], 300 - 6 * buyer
        note = "Please no plastic bag" if buyer == 5 else ""
        add(f"MP-{buyer:05d}", buyer, minutes, sku, "24" if buyer == 9 else "2", note)
        if buyer % 6 == 0:
            add(f"MP-1{buyer:04d}", buyer, minutes - 3, skus[(buyer + 1) % len(skus)], "1")
        if buyer % 12 == 1:
            add(f"MP-2{buyer:04d}", buyer, minutes - 2, sku, "2")
    add("MP-30001", 3, 8, "NO-SUCH-SKU", "1")
    add("MP-30002", 4, 6, skus[0], "two")
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
