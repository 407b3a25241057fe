"""Further forms of a SKU's page: status, bins, levels, how its stock is kept."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import N_, _
from oms.inventory.change_status import ChangeStatus, MoveBetweenBins, change_status, move_between_bins
from oms.inventory.set_levels import SetLevels, TrackSku, set_levels, track_sku
from oms.inventory.words import STATUSES, TRACKING
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import typed_quantity
from web.pages.stock.blueprint import stock
from web.pages.stock.positions import bin_of, lot_of, move_sku, place_of
from web.pages.stock.typed_rows import names_in

SAME_STATUS = N_("Choose two different statuses.")
DAYS = N_("Write a whole number of days.")


@stock.post("/<path:code>/status")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def change_status_of(code: str) -> ResponseReturnValue:
    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        place = place_of(work, sent, "location")
        command = ChangeStatus(
            sku_id=sku_id, location_id=place, quantity=typed_quantity(sent, "quantity"),
            from_status=sent.value("from_status"), to_status=sent.value("to_status"),  # type: ignore[arg-type]
            reason=sent.value("reason").strip()[:500], lot_id=lot_of(work, sent, sku_id),
            serials=names_in(sent.value("serials")), bin_id=bin_of(work, sent, place),
        )  # fmt: skip
        change_status(work, command)
        return _("The units have another status now.")

    def check(sent: Form) -> None:
        statuses = {sent.value("from_status"), sent.value("to_status")}
        if len(statuses) != 2 or not statuses <= set(STATUSES):
            sent.refuse_field("to_status", _(SAME_STATUS))

    return move_sku(code, "status", move, check)


@stock.post("/<path:code>/bin-move")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def move_bins(code: str) -> ResponseReturnValue:
    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        place = place_of(work, sent, "location")
        command = MoveBetweenBins(
            sku_id=sku_id, location_id=place, quantity=typed_quantity(sent, "quantity"),
            from_bin_id=bin_of(work, sent, place), to_bin_id=bin_of(work, sent, place, "to_bin"),
            lot_id=lot_of(work, sent, sku_id), serials=names_in(sent.value("serials")),
        )  # fmt: skip
        move_between_bins(work, command)
        return _("The units lie in another bin now.")

    return move_sku(code, "bin-move", move)


@stock.post("/<path:code>/levels")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def store_levels(code: str) -> ResponseReturnValue:
    """`quantity` is the safety stock here: what the shared form writes to the audit log."""

    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        level = SetLevels(
            sku_id=sku_id, location_id=place_of(work, sent, "location"), safety_stock=typed_quantity(sent, "quantity"),
            reorder_point=typed_quantity(sent, "reorder_point"),
        )  # fmt: skip
        set_levels(work, [level])
        return _("The levels are saved.")

    def check(sent: Form) -> None:
        for name in ("quantity", "reorder_point"):
            if typed_quantity(sent, name) < 0:
                sent.refuse_field(name, _("This must be 0 or more."))

    return move_sku(code, "levels", move, check)


@stock.post("/<path:code>/tracking")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def store_tracking(code: str) -> ResponseReturnValue:
    """`quantity` is how many days a lot must still live."""

    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        days = typed_quantity(sent, "quantity")
        track_sku(work, TrackSku(sku_id=sku_id, tracking=sent.value("tracking"), min_remaining_days=int(days)))
        return _("Its stock is kept so from now on.")

    def check(sent: Form) -> None:
        days = typed_quantity(sent, "quantity")
        if days < 0 or days != int(days) or days > 10_000:
            sent.refuse_field("quantity", _(DAYS))
        if sent.value("tracking") not in TRACKING:
            sent.refuse_field("tracking", _(DAYS))

    return move_sku(code, "tracking", move, check)
