"""What the wholesaler's stock shows: lots that expire, serial numbers, goods on their way, a count that waits, alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Engine

from kernel.clock import frozen_at
from kernel.db import Actor, Work
from oms.catalog.queries import sku_id_of
from oms.catalog.save_product import SaveProduct, SkuData, save_product
from oms.channel_stock.save_rule import SaveChannelRule, save_channel_rule
from oms.inventory.change_status import ChangeStatus, change_status
from oms.inventory.lots import find_lots
from oms.inventory.move_stock import AdjustStock, ReceiveStock, adjust_stock, receive_stock
from oms.inventory.queries import location_id_of
from oms.inventory.save_bin import SaveBin, save_bin
from oms.inventory.set_levels import NamedLevels, TrackSku, set_named_levels, track_sku
from oms.receipts.expect_goods import ExpectedRow, expect_goods
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.stock_counts.close_count import submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.start_count import StartCount, start_count
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.send_transfer import send_transfer
from tenants.scope import in_work

# (code, English name, Chinese name, category, tracking)
_TRACKED = (
    ("MC-100", "Matcha 100 g", "抹茶 100 克", "Green tea", "lot"),
    ("KTL-1", "Electric kettle", "电热水壶", "Ware", "serial"),
)


def tell_stock_story(engine: Engine, tenant_id: UUID, keeper: Actor, now: datetime) -> None:
    """Made by the warehouse keeper, in the last days."""
    with frozen_at(now - timedelta(days=6)):
        in_work(engine, tenant_id, keeper, _tracked_goods)
    with frozen_at(now - timedelta(days=2)):
        in_work(engine, tenant_id, keeper, _on_the_way)
    with frozen_at(now - timedelta(hours=3)):
        in_work(engine, tenant_id, keeper, _a_count)
        in_work(engine, tenant_id, keeper, _plans)


def _place(work: Work, key: str) -> UUID:
    found = location_id_of(work, key)
    assert found is not None
    return found


def _sku(work: Work, code: str) -> UUID:
    found = sku_id_of(work, code)
    assert found is not None
    return found


def _tracked_goods(work: Work) -> None:
    for code, en, zh, category, tracking in _TRACKED:
        sku = SkuData(code=code, name=f"{en} {zh}", barcodes={})
        made = save_product(
            work, SaveProduct(code=code, name=f"{en} {zh}", brand="Acme", category=category, skus=(sku,))
        )
        track_sku(work, TrackSku(sku_id=made.sku_ids[0], tracking=tracking))
    hangzhou, guangzhou = _place(work, "hangzhou"), _place(work, "guangzhou")
    for code, kind, default in (("A-01", "pick", False), ("A-02", "pick", False), ("IN", "receiving", True)):
        save_bin(work, SaveBin(location_id=guangzhou, code=code, kind=kind, is_default=default))
    matcha, kettle = _sku(work, "MC-100"), _sku(work, "KTL-1")
    for lot, units, days in (("M2609", 60, 18), ("M2610", 140, 190), ("M2611", 200, 330)):
        receive_stock(
            work,
            ReceiveStock(
                sku_id=matcha, location_id=hangzhou, quantity=Decimal(units), lot=lot, unit_cost=Decimal("21.40"),
                expires_on=work.today + timedelta(days=days), cause="production", reason="Autumn grinding 秋季研磨",
            ),
        )  # fmt: skip
    lots = find_lots(work, [(matcha, "M2610")])
    change_status(
        work,
        ChangeStatus(
            sku_id=matcha, location_id=hangzhou, quantity=Decimal(12), from_status="good", to_status="quarantined",
            lot_id=lots[matcha, "M2610"], reason="Seal to be checked 待查封口",
        ),
    )  # fmt: skip
    receive_stock(
        work,
        ReceiveStock(
            sku_id=kettle, location_id=guangzhou, quantity=Decimal(4),
            serials=("KT-88001", "KT-88002", "KT-88003", "KT-88004"), reason="PO-7688",
        ),
    )  # fmt: skip
    adjust_stock(
        work,
        AdjustStock(
            sku_id=_sku(work, "CUP-6"), location_id=hangzhou, change=Decimal(-3), cause="damage", reason="Broken 破损"
        ),
    )


def _on_the_way(work: Work) -> None:
    rows = [TransferRow(sku="LJ-250", quantity=Decimal(24)), TransferRow(sku="MF-250", quantity=Decimal(30))]
    sent = draft_transfer(
        work,
        DraftTransfer(
            from_location="hangzhou", to_location="shanghai_store", rows=rows, note="For the weekend 周末备货",
            expected_on=work.today + timedelta(days=3),
        ),
    )  # fmt: skip
    send_transfer(work, sent.transfer_id)
    draft = [TransferRow(sku="DH-250", quantity=Decimal(48))]
    draft_transfer(work, DraftTransfer(from_location="hangzhou", to_location="guangzhou", rows=draft))
    rows_due = (
        ("POT-1", "hangzhou", 60, 12, "PO-7712"), ("PE-357", "hangzhou", 240, 20, "PO-7715"),
        ("TGY-250", "guangzhou", 120, 5, "PO-7709"), ("BM-100", "hangzhou", 90, -1, "PO-7690"),
    )  # fmt: skip
    expect_goods(
        work,
        [
            ExpectedRow(
                sku=sku, location=place, reference=reference, quantity=Decimal(units),
                due_on=work.today + timedelta(days=days),
            )
            for sku, place, units, days, reference in rows_due
        ],
    )  # fmt: skip


def _a_count(work: Work) -> None:
    """The teaware of the store: a set of cups is missing, and somebody else has to agree."""
    started = start_count(
        work, StartCount(location_id=_place(work, "shanghai_store"), kind="category", value="Ware",
                         tolerance_percent=Decimal(2)),
    )  # fmt: skip
    expected = work.rows(
        "SELECT s.code, p.on_hand FROM stock_count_lines l JOIN skus s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id"
        " JOIN stock_positions p ON p.tenant_id = l.tenant_id AND p.sku_id = l.sku_id AND p.location_id = %(place)s"
        " WHERE l.tenant_id = %(tenant)s AND l.count_id = %(count)s ORDER BY s.code",
        {"tenant": work.tenant_id, "place": _place(work, "shanghai_store"), "count": started.count_id},
    )
    rows = [CountedRow(sku=row.code, counted=row.on_hand - (2 if row.code == "CUP-6" else 0)) for row in expected]
    enter_counted(work, started.count_id, rows)
    submit_count(work, started.count_id)
    start_count(work, StartCount(location_id=_place(work, "guangzhou"), kind="bin", value="IN"))


def _plans(work: Work) -> None:
    set_named_levels(
        work,
        [
            NamedLevels(sku="CUP-6", location="hangzhou", safety_stock=Decimal(0), reorder_point=Decimal(900)),
            NamedLevels(sku="BAG-K", location="shanghai_store", safety_stock=Decimal(50), reorder_point=Decimal(60)),
        ],
    )
    customer = work.scalar(
        "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = 'K-1002'", {"tenant": work.tenant_id}
    )
    reserve_stock(
        work,
        ReserveStock(
            sku_id=_sku(work, "TGY-250"), quantity=Decimal(12), purpose="quote", reference="Q-2026-118",
            customer_id=customer, minutes=3 * 24 * 60,
        ),
    )  # fmt: skip
    save_channel_rule(
        work, SaveChannelRule(channel="shop", kind="buffer", percent=Decimal(10), note="Shop counters first 门店优先")
    )
