"""The closed lists of stock: kinds and causes of movements, statuses of units. The database checks them."""

from __future__ import annotations

from typing import Literal

Kind = Literal["received", "allocated", "released", "shipped", "adjusted", "transferred"]
Status = Literal["good", "quarantined", "damaged"]

MOVEMENT_KINDS = ("received", "allocated", "released", "shipped", "adjusted", "transferred")
STATUSES: tuple[Status, ...] = ("good", "quarantined", "damaged")

# Why units came, per what a person may choose; the others are set by the product itself.
RECEIPT_CAUSES = ("purchase", "production", "return", "opening")
ADJUSTMENT_CAUSES = ("correction", "count", "damage", "expiry", "loss", "found", "own_use")
CAUSES = (
    "order",
    "reservation",
    *RECEIPT_CAUSES,
    *ADJUSTMENT_CAUSES,
    "transfer_out",
    "transfer_in",
    "transfer_loss",
    "status_change",
    "bin_move",
)

TRACKING = ("none", "lot", "serial")
SERIAL_STATES = ("in_stock", "allocated", "in_transit", "shipped", "gone")
BIN_KINDS = ("pick", "bulk", "receiving", "quarantine")
