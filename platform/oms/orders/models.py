"""Orders: four axes of state, a quantity ledger in each line, holds beside the state, and what was decided why."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Date, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import (
    Amount,
    Currency,
    Instant,
    Json,
    Quantity,
    Rate,
    TenantModel,
    TenantRow,
    UnitPrice,
    tenant_foreign_key,
    tenant_unique,
)
from low_code.field_index.columns import IndexedFields, slot_indexes

STATUSES = ("draft", "placed", "closed", "cancelled")
HOLD_TYPES = ("credit", "review", "approval", "address", "stock", "payment", "manual")


class Order(IndexedFields, TenantModel):
    """One buyer's request. `status` is the order axis; fulfilment, payment and return follow from lines and money."""

    __tablename__ = "orders"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_foreign_key("credit_account_id", "credit_accounts.id"),
        tenant_foreign_key("parent_id", "orders.id"),
        tenant_foreign_key("merged_into", "orders.id"),
        tenant_unique("number"),
        tenant_unique("channel", "outside_number"),
        CheckConstraint("status IN ('draft', 'placed', 'closed', 'cancelled')", name="status_known"),
        CheckConstraint("status = 'draft' OR (number IS NOT NULL AND placed_at IS NOT NULL)", name="placed_has_number"),
        CheckConstraint("open_holds >= 0", name="holds_not_negative"),
        CheckConstraint("priority BETWEEN 0 AND 9", name="priority_known"),
        CheckConstraint("total = net_total + tax_total", name="total_adds_up"),
        CheckConstraint("merged_into IS NULL OR status = 'closed'", name="merged_is_closed"),
        CheckConstraint("credit_exposed >= 0 AND credit_released >= 0 AND prepay_required >= 0", name="credit_sane"),
        CheckConstraint("paid_total >= 0 AND credited_total >= 0 AND invoiced_total >= 0", name="money_not_negative"),
        Index("ix_orders_newest", "tenant_id", text("placed_at DESC"), text("id DESC")),
        Index("ix_orders_customer", "tenant_id", "customer_id", text("placed_at DESC"), text("id DESC")),
        Index(
            "ix_orders_on_hold", "tenant_id", text("placed_at DESC"), text("id DESC"),
            postgresql_where=text("open_holds > 0 AND status = 'placed'"),
        ),
        Index(
            "ix_orders_short", "tenant_id", text("placed_at DESC"), text("id DESC"),
            postgresql_where=text("backordered AND status = 'placed'"),
        ),
        Index(
            "ix_orders_to_allocate", "tenant_id", text("placed_at DESC"), text("id DESC"),
            postgresql_where=text(
                "status = 'placed' AND open_holds = 0 AND NOT backordered"
                " AND fulfilment_status IN ('open', 'partially_allocated')"
            ),
        ),
        Index(
            "ix_orders_custom", "tenant_id", "custom",
            postgresql_using="gin", postgresql_ops={"custom": "jsonb_path_ops"},
        ),
        Index(
            "ix_orders_goods", "tenant_id", "goods_key", text("placed_at DESC"),
            postgresql_where=text("goods_key <> '' AND status <> 'cancelled'"),
        ),
        CheckConstraint("risk_score BETWEEN -1000000 AND 1000000", name="risk_sane"),
        Index("ix_orders_parent", "tenant_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_orders_merged_into", "tenant_id", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index(
            "ix_orders_merge_key", "tenant_id", "channel", "merge_key",
            postgresql_where=text("merge_key IS NOT NULL AND status = 'placed'"),
        ),
        tenant_foreign_key("site_id", "customer_sites.id"),
        Index(
            "ix_orders_buyer", "tenant_id", "buyer_id", "placed_on", postgresql_where=text("buyer_id IS NOT NULL")
        ),
        Index("ix_orders_drafts", "tenant_id", "created_by", postgresql_where=text("status = 'draft'")),
        *slot_indexes("orders"),
    )  # fmt: skip

    number: Mapped[str | None]  # by the numbering document, at placement
    order_type: Mapped[str]  # key of an order_type document
    channel: Mapped[str]  # where it comes from: portal, api, console, a marketplace
    outside_number: Mapped[str | None]  # the channel's own number; with the channel it names one order
    merge_key: Mapped[str | None]  # the channel's word for "same receiver"
    receiver_hidden: Mapped[bool] = mapped_column(server_default=text("false"))  # ship_to is masked: never compare it
    parent_id: Mapped[UUID | None]  # the order that this one was split from
    merged_into: Mapped[UUID | None]  # the order that took its lines; this one is closed
    sealed: Mapped[str] = mapped_column(server_default="")  # why it may be neither split nor merged; "": it may
    customer_id: Mapped[UUID]
    credit_account_id: Mapped[UUID | None]  # whose exposure it counts to
    status: Mapped[str] = mapped_column(server_default="draft")
    fulfilment_status: Mapped[str] = mapped_column(server_default="open")
    payment_status: Mapped[str] = mapped_column(server_default="none")
    backordered: Mapped[bool] = mapped_column(server_default=text("false"))  # some line waits for stock
    open_holds: Mapped[int] = mapped_column(server_default="0")  # rows of order_holds not released
    version: Mapped[int] = mapped_column(server_default="1")  # up by one with every change a person made
    release: Mapped[int] = mapped_column(server_default="0")  # configuration release it was placed under
    currency: Mapped[Currency]
    prices_include_tax: Mapped[bool] = mapped_column(server_default=text("false"))
    net_total: Mapped[Amount] = mapped_column(server_default="0")
    tax_total: Mapped[Amount] = mapped_column(server_default="0")
    total: Mapped[Amount] = mapped_column(server_default="0")  # what the buyer pays
    credit_exposed: Mapped[Amount] = mapped_column(server_default="0")  # counted into open_orders of the account
    credit_released: Mapped[Amount] = mapped_column(server_default="0")  # total up to which finance let it pass
    prepay_required: Mapped[Amount] = mapped_column(server_default="0")  # to be paid before the order is processed
    paid_total: Mapped[Amount] = mapped_column(server_default="0")  # money received for it, less what was paid back
    credited_total: Mapped[Amount] = mapped_column(server_default="0")  # of its invoices, by credit notes
    invoiced_total: Mapped[Amount] = mapped_column(server_default="0")  # of its invoices that are not void
    risk_score: Mapped[int] = mapped_column(server_default="0")  # points that review rules gave
    goods_key: Mapped[str] = mapped_column(server_default="")  # same text, same goods when it was placed; "": unknown
    ship_to: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))  # an address as of now
    bill_to: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    requested_on: Mapped[date | None] = mapped_column(Date)  # tenant-local day the buyer wishes
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="5")  # 0 to 9; the highest is served first
    promise_on: Mapped[date | None] = mapped_column(Date)  # tenant-local day that the buyer was promised
    buyer_note: Mapped[str] = mapped_column(server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    created_by: Mapped[UUID | None]  # user or key
    created_by_name: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    placed_at: Mapped[datetime | None]
    placed_on: Mapped[date | None] = mapped_column(Date)  # tenant-local
    closed_at: Mapped[datetime | None]
    site_id: Mapped[UUID | None]  # of the customer, where it ordered for one
    buyer_id: Mapped[UUID | None]  # the portal user who asked for it; whoever approved it may have placed it


class OrderLine(TenantModel):
    """One SKU of one order, and what became of its units.

    open = ordered - cancelled - allocated; in fulfilment = allocated - shipped; returnable = shipped - return_started
    (`allocated` counts all that was ever firmly promised and not taken back, shipped units included).
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_unique("order_id", "line_no"),
        Index("ix_order_lines_sku", "tenant_id", "sku_id"),
        Index(
            "ix_order_lines_backordered", "tenant_id", "sku_id", "order_id", postgresql_where=text("backordered > 0")
        ),
        CheckConstraint("ordered >= 0 AND cancelled >= 0 AND cancelled <= ordered", name="cancelled_within_ordered"),
        CheckConstraint("allocated >= 0 AND allocated <= ordered - cancelled", name="no_over_allocation"),
        CheckConstraint(
            "backordered >= 0 AND backordered <= ordered - cancelled - allocated", name="backorder_is_open"
        ),
        CheckConstraint("shipped >= 0 AND shipped <= allocated", name="shipped_was_allocated"),
        CheckConstraint("return_started >= 0 AND return_started <= shipped", name="returned_was_shipped"),
        CheckConstraint("gross = net + tax", name="gross_adds_up"),
        CheckConstraint("discount >= 0", name="discount_not_negative"),
        CheckConstraint("floor_price >= 0", name="floor_not_negative"),
        CheckConstraint("invoiced >= 0 AND invoiced <= ordered - cancelled", name="invoiced_within_ordered"),
    )  # fmt: skip

    order_id: Mapped[UUID]
    line_no: Mapped[int]
    sku_id: Mapped[UUID]
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]  # as ordered: "box"
    unit_quantity: Mapped[Quantity]  # in that unit
    ordered: Mapped[Quantity]  # in base units, as everything below
    cancelled: Mapped[Quantity] = mapped_column(server_default="0")
    allocated: Mapped[Quantity] = mapped_column(server_default="0")
    backordered: Mapped[Quantity] = mapped_column(server_default="0")  # open, and nobody could promise it
    shipped: Mapped[Quantity] = mapped_column(server_default="0")
    return_started: Mapped[Quantity] = mapped_column(server_default="0")
    invoiced: Mapped[Quantity] = mapped_column(server_default="0")
    invoiced_net: Mapped[Amount] = mapped_column(server_default="0")  # of the invoices of these units
    invoiced_tax: Mapped[Amount] = mapped_column(server_default="0")
    list_price: Mapped[UnitPrice]  # of one base unit, before rules
    unit_price: Mapped[UnitPrice]  # of one base unit, in orders.currency, tax as orders.prices_include_tax says
    tax_class: Mapped[str]
    tax_rate: Mapped[Rate]
    discount: Mapped[Amount] = mapped_column(server_default="0")  # taken off by promotions; basis as unit_price
    floor_price: Mapped[UnitPrice | None]  # of one base unit: what it may not be sold below without being asked
    net: Mapped[Amount]  # net, tax and gross are after all discounts
    tax: Mapped[Amount]
    gross: Mapped[Amount]
    outside_line: Mapped[str | None]
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))


class OrderAdjustment(TenantModel):
    """What one promotion took off one line. A line's adjustments add up to its `discount` (a trigger holds it)."""

    __tablename__ = "order_adjustments"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("line_id", "order_lines.id"),
        Index("ix_order_adjustments_order", "tenant_id", "order_id"),
        Index("ix_order_adjustments_line", "tenant_id", "line_id"),
        CheckConstraint("amount > 0", name="takes_off"),
    )

    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    source: Mapped[str]  # "promotion/spring"
    label: Mapped[Json]  # language -> what the buyer is told
    coupon: Mapped[str | None]  # the code that brought it
    amount: Mapped[Amount]  # in orders.currency, tax as orders.prices_include_tax says


class OrderCharge(TenantModel):
    """What an order costs beside its goods. The order's totals are those of its lines and charges."""

    __tablename__ = "order_charges"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("origin_id", "orders.id"),
        tenant_unique("order_id", "position"),
        CheckConstraint("kind IN ('freight', 'handling', 'other')", name="kind_known"),
        CheckConstraint("gross = net + tax", name="gross_adds_up"),
        CheckConstraint("discount >= 0 AND discount <= price", name="discount_within_price"),
    )

    order_id: Mapped[UUID]
    position: Mapped[int]  # from 1 on
    origin_id: Mapped[UUID | None]  # the order that it was first charged to, where a merge brought it here
    kind: Mapped[str]
    label: Mapped[Json]  # language -> what the buyer is told
    source: Mapped[str]  # "decision_table/freight#r2"
    price: Mapped[Amount]  # before what was waived; basis as unit_price of lines
    discount: Mapped[Amount] = mapped_column(server_default="0")
    waived_by: Mapped[str] = mapped_column(server_default="")  # "promotion/free_freight"
    tax_class: Mapped[str]
    tax_rate: Mapped[Rate]
    net: Mapped[Amount]
    tax: Mapped[Amount]
    gross: Mapped[Amount]


class OrderHold(TenantModel):
    """A typed stop beside the state. Several may stand at once; the order moves on when none does."""

    __tablename__ = "order_holds"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        CheckConstraint(
            "type IN ('credit', 'review', 'approval', 'address', 'stock', 'payment', 'manual')", name="type_known"
        ),
        CheckConstraint("(released_at IS NULL) = (release_reason IS NULL)", name="released_with_reason"),
        Index("ix_order_holds_order", "tenant_id", "order_id"),
        Index("ix_order_holds_open", "tenant_id", "type", "id", postgresql_where=text("released_at IS NULL")),
        Index(
            "ix_order_holds_queue", "tenant_id", "placed_at", "id",
            postgresql_where=text("released_at IS NULL"),
        ),
        tenant_foreign_key("assigned_to", "users.id"),
        tenant_foreign_key("other_order_id", "orders.id"),
    )  # fmt: skip

    order_id: Mapped[UUID]
    type: Mapped[str]
    reason: Mapped[str]  # for people; from the rule or the person that placed it
    source: Mapped[str] = mapped_column(server_default="")  # document and rule, "review_rules/standard#r2"
    placed_at: Mapped[Instant]
    placed_by: Mapped[str]
    assigned_to: Mapped[UUID | None]  # the user who looks at it
    other_order_id: Mapped[UUID | None]  # the order that it looks like, where it is held as a duplicate
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    release_reason: Mapped[str | None]


class OrderEvent(TenantModel):
    """The timeline: what happened, who did it, when. Append-only."""

    __tablename__ = "order_events"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        Index("ix_order_events_order", "tenant_id", "order_id", "id"),
    )

    order_id: Mapped[UUID]
    kind: Mapped[str]  # placed, hold_placed, hold_released, approved, allocated, cancelled, …
    facts: Mapped[Json]  # what the sentence of this kind needs
    at: Mapped[Instant]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class Decision(TenantModel):
    """Why: one decision with the inputs it read, its winner and why the others lost. Append-only."""

    __tablename__ = "decisions"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        Index("ix_decisions_order", "tenant_id", "order_id", "id"),
    )

    order_id: Mapped[UUID]
    kind: Mapped[str]  # price, review, credit, approval, allocation
    release: Mapped[int]
    outcome: Mapped[str]  # short, for lists: "2 holds", "split over 2 locations"
    trace: Mapped[Json]
    at: Mapped[Instant]


class OrderVersion(TenantModel):
    """The order as it stood at one version: what two people can compare later. Append-only."""

    __tablename__ = "order_versions"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_unique("order_id", "version"),
    )

    order_id: Mapped[UUID]
    version: Mapped[int]
    cause: Mapped[str]  # before (a first change), changed, cancelled, split, merged, undone
    content: Mapped[Json]
    at: Mapped[Instant]
    actor: Mapped[str]


class NumberCounter(TenantRow):
    """The last number given under a numbering document in a period ("" , "2026", "2026-11", "2026-11-22")."""

    __tablename__ = "number_counters"

    key: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class Cart(TenantModel):
    """What a user is about to order; survives devices. Submitting it empties it in the order's transaction."""

    __tablename__ = "carts"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_foreign_key("user_id", "users.id", ondelete="CASCADE"),
        tenant_unique("user_id", "customer_id"),
    )

    user_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    lines: Mapped[Json] = mapped_column(server_default=text("'[]'::jsonb"))  # [{"sku", "quantity", "unit", "custom"}]
    address_id: Mapped[UUID | None]
    requested_on: Mapped[date | None] = mapped_column(Date)
    buyer_note: Mapped[str] = mapped_column(server_default="")
    coupons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    updated_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
