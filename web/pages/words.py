"""What the console calls states, holds, reasons and events: words, tone and icon for each, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Word:
    """label  English, marked with N_
    tone   ok, info, warn, bad, idle or special
    icon   in the sprite
    """

    label: str
    tone: str
    icon: str

    def __str__(self) -> str:
        return _(self.label)


ORDER_STATUS: Mapping[str, Word] = {
    "draft": Word(N_("Draft"), "idle", "edit"),
    "placed": Word(N_("Placed"), "info", "clipboard-check"),
    "closed": Word(N_("Closed"), "ok", "circle-check"),
    "cancelled": Word(N_("Cancelled"), "idle", "ban"),
}
FULFILMENT: Mapping[str, Word] = {
    "open": Word(N_("Not allocated"), "idle", "circle-dashed"),
    "partially_allocated": Word(N_("Partly allocated"), "warn", "package"),
    "allocated": Word(N_("Allocated"), "ok", "package"),
    "partially_shipped": Word(N_("Partly shipped"), "info", "truck"),
    "shipped": Word(N_("Shipped"), "ok", "truck-delivery"),
    "cancelled": Word(N_("Cancelled"), "idle", "ban"),
}
HOLD: Mapping[str, Word] = {
    "credit": Word(N_("Credit hold"), "bad", "credit-card"),
    "review": Word(N_("Review hold"), "warn", "eye"),
    "approval": Word(N_("Waits for approval"), "special", "checklist"),
    "address": Word(N_("Address hold"), "warn", "map-pin"),
    "stock": Word(N_("Stock hold"), "warn", "package"),
    "payment": Word(N_("Payment hold"), "warn", "cash"),
    "manual": Word(N_("Manual hold"), "warn", "hand-stop"),
}
BACKORDERED = Word(N_("Backordered"), "warn", "hourglass")
TASK: Mapping[str, Word] = {
    "open": Word(N_("Waiting"), "info", "hourglass"),
    "approved": Word(N_("Approved"), "ok", "thumb-up"),
    "rejected": Word(N_("Rejected"), "bad", "thumb-down"),
    "returned": Word(N_("Returned"), "warn", "arrow-back-up"),
    "done": Word(N_("Done"), "ok", "clipboard-check"),
    "suspended": Word(N_("Waits for added signers"), "idle", "hourglass"),
    "transferred": Word(N_("Passed on"), "idle", "switch-horizontal"),
    "escalated": Word(N_("Passed up, not answered in time"), "warn", "arrow-up"),
    "cancelled": Word(N_("No longer needed"), "idle", "ban"),
    "withdrawn": Word(N_("Withdrawn"), "idle", "arrow-back-up"),
}
MOVEMENT: Mapping[str, Word] = {
    "received": Word(N_("Received"), "ok", "package-import"),
    "allocated": Word(N_("Allocated"), "info", "package"),
    "released": Word(N_("Taken back"), "idle", "arrow-back-up"),
    "shipped": Word(N_("Shipped"), "ok", "truck"),
    "adjusted": Word(N_("Adjusted"), "warn", "adjustments"),
    "transferred": Word(N_("Transferred"), "info", "transfer"),
}
TRANSFER: Mapping[str, Word] = {
    "draft": Word(N_("Draft"), "idle", "edit"),
    "sent": Word(N_("On its way"), "info", "truck"),
    "received": Word(N_("Arrived"), "ok", "circle-check"),
    "cancelled": Word(N_("Cancelled"), "idle", "ban"),
}
COUNT: Mapping[str, Word] = {
    "counting": Word(N_("Being counted"), "info", "edit"),
    "review": Word(N_("Waits for approval"), "special", "checklist"),
    "posted": Word(N_("Counted and booked"), "ok", "circle-check"),
    "cancelled": Word(N_("Cancelled"), "idle", "ban"),
}
RESERVATION: Mapping[str, Word] = {
    "active": Word(N_("In force"), "info", "hourglass"),
    "released": Word(N_("Released"), "idle", "arrow-back-up"),
    "expired": Word(N_("Expired"), "warn", "hourglass"),
    "converted": Word(N_("Ordered"), "ok", "circle-check"),
}
PURPOSE: Mapping[str, str] = {
    "cart": N_("Cart"),
    "channel": N_("Channel"),
    "customer": N_("Customer"),
    "quote": N_("Quote"),
}
RULE_KIND: Mapping[str, str] = {
    "buffer": N_("Buffer: leaves units"),
    "quota": N_("Quota: at most"),
    "exclusive": N_("Set aside for it"),
}
BIN_KIND: Mapping[str, str] = {
    "pick": N_("Picking"),
    "bulk": N_("Bulk"),
    "receiving": N_("Goods in"),
    "quarantine": N_("Quarantine"),
}
STOCK_STATUS: Mapping[str, str] = {
    "good": N_("Good"),
    "quarantined": N_("Quarantined"),
    "damaged": N_("Damaged"),
}
EXPECTED_SOURCE: Mapping[str, str] = {
    "purchase": N_("Purchase"),
    "production": N_("Production"),
    "return": N_("Return"),
    "transfer": N_("Transfer"),
}
TRACKING: Mapping[str, str] = {
    "none": N_("By quantity only"),
    "lot": N_("By lot, with expiry"),
    "serial": N_("By serial number"),
}
CAUSE: Mapping[str, str] = {
    "order": N_("Order"),
    "reservation": N_("Reservation"),
    "purchase": N_("Purchase"),
    "production": N_("Production"),
    "return": N_("Return"),
    "opening": N_("Opening stock"),
    "correction": N_("Correction"),
    "count": N_("Count"),
    "damage": N_("Damage"),
    "expiry": N_("Expiry"),
    "loss": N_("Loss"),
    "found": N_("Found"),
    "own_use": N_("Own use"),
    "transfer_out": N_("Sent by transfer"),
    "transfer_in": N_("Came by transfer"),
    "transfer_loss": N_("Lost on the way"),
    "status_change": N_("Change of status"),
    "bin_move": N_("Moved between bins"),
}
IMPORT: Mapping[str, Word] = {
    "staging": Word(N_("Reading the file"), "info", "upload"),
    "staged": Word(N_("Waiting for a worker"), "info", "hourglass"),
    "checking": Word(N_("Checking"), "info", "search"),
    "checked": Word(N_("Checked"), "special", "checks"),
    "running": Word(N_("Running"), "info", "player-play"),
    "done": Word(N_("Done"), "ok", "circle-check"),
    "failed": Word(N_("Failed"), "bad", "circle-x"),
    "cancelled": Word(N_("Cancelled"), "idle", "ban"),
}
RECEIVABLE: Mapping[str, Word] = {
    "invoice": Word(N_("Invoice"), "info", "file-invoice"),
    "payment": Word(N_("Payment"), "ok", "cash"),
    "credit_note": Word(N_("Credit note"), "special", "receipt-refund"),
}
METHOD_WORDS: Mapping[str, str] = {
    "bank": N_("Bank transfer"),
    "card": N_("Card"),
    "cash": N_("Cash"),
    "cheque": N_("Cheque"),
    "alipay": N_("Alipay"),
    "wechat": N_("WeChat Pay"),
    "marketplace": N_("Marketplace payout"),
    "other": N_("Other"),
}
PAYMENT: Mapping[str, Word] = {
    "none": Word(N_("Not paid"), "idle", "cash"),
    "partially_paid": Word(N_("Partly paid"), "warn", "cash"),
    "paid": Word(N_("Paid"), "ok", "cash"),
    "overpaid": Word(N_("Overpaid"), "special", "cash"),
    "refunded": Word(N_("Paid back"), "idle", "receipt-refund"),
}
PRICE_SCOPES: Mapping[str, str] = {
    "contract": N_("Contract"),
    "customer": N_("Customer"),
    "customer_group": N_("Customer group"),
    "channel": N_("Channel"),
    "region": N_("Region"),
    "base": N_("Base list"),
}
CREDIT_BUCKETS: Mapping[str, str] = {
    "open_orders": N_("Open orders"),
    "unbilled_shipments": N_("Unbilled shipments"),
    "open_invoices": N_("Open invoices"),
    "overdue": N_("Overdue"),
    "unapplied_payments": N_("Unapplied payments"),
}
LOCATION_KINDS: Mapping[str, str] = {
    "warehouse": N_("Warehouse"),
    "store": N_("Store"),
    "supplier": N_("Supplier"),
}
_UNKNOWN_ICON = "point"


def word(words: Mapping[str, Word], key: str) -> Word:
    """The word for `key`; a key that is newer than this page is shown as it is."""
    return words.get(key) or Word(key, "idle", _UNKNOWN_ICON)
