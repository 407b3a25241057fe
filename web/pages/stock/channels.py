"""How much of the stock each channel may sell: buffers, quotas, units set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.catalog.queries import sku_id_of
from oms.channel_stock.models import KINDS
from oms.channel_stock.plan import ALL_CHANNELS
from oms.channel_stock.save_rule import SaveChannelRule, end_channel_rule, list_channel_rules, save_channel_rule
from oms.inventory.errors import LocationNotFound, SkuNotFound
from oms.inventory.queries import location_id_of
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.amounts import typed_day, typed_quantity
from web.pages.orders.asked import channels as order_channels
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import may_plan, named, place_names, refuse, stock
from web.pages.words import RULE_KIND

_FIELDS = {"sku_not_found": "sku", "location_not_found": "location"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """row: of `list_channel_rules`; channel and place: by name, "" for all"""

    row: Any
    id: str
    channel: str
    kind: str
    place: str


@dataclass(slots=True, kw_only=True)
class ChannelsPage:
    entries: Sequence[RuleEntry]
    channels: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    locations: Sequence[tuple[str, str]]
    may_plan: bool
    form: Form


@stock.get("/channels")
@requires(Permission.VIEW_STOCK)
def channels() -> ResponseReturnValue:
    return _render(Form())


@stock.post("/channels")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def add_rule() -> ResponseReturnValue:
    sent = Form.sent()
    units = typed_quantity(sent, "quantity") if sent.value("quantity").strip() else None
    percent = typed_quantity(sent, "percent") if sent.value("percent").strip() else None
    first, last = typed_day(sent, "valid_from"), typed_day(sent, "valid_to")
    if sent.refused:
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        code, place, kind = sent.value("sku").strip(), sent.value("location"), sent.value("kind")
        sku, location = sku_id_of(work, code) if code else None, location_id_of(work, place) if place else None
        if code and sku is None:
            raise SkuNotFound()
        if place and location is None:
            raise LocationNotFound()
        save_channel_rule(
            work,
            SaveChannelRule(
                channel=sent.value("channel")[:50], kind=kind if kind in KINDS else "buffer",
                quantity=units, percent=percent, sku_id=sku, category=sent.value("category")[:200],
                location_id=location, valid_from=first, valid_to=last, note=sent.value("note")[:300],
            ),
        )  # fmt: skip
        return _("The rule holds from the next promise on."), url_for("stock.channels")

    try:
        return run_once(run)
    except DomainError as error:
        return _render(refuse(sent, error, _FIELDS))


@stock.post("/channels/<rule_id>/end")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def end_rule(rule_id: str) -> ResponseReturnValue:
    def run(work: Work) -> tuple[str, str]:
        end_channel_rule(work, id_in("chr", rule_id))
        return _("The rule has ended."), url_for("stock.channels")

    return run_once(run)


def _render(form: Form) -> ResponseReturnValue:
    with current_work() as work:
        rows, locations = list_channel_rules(work), place_names(work)
    known = [(ALL_CHANNELS, _("All channels (buffers only)")), *order_channels()]
    names = {**dict(known), ALL_CHANNELS: ""}
    page = ChannelsPage(
        entries=[
            RuleEntry(
                row=row, id=to_text("chr", row.id), channel=names.get(row.channel, row.channel),
                kind=_(RULE_KIND[row.kind]),
                place=named(row.location_names, row.location) if row.location else "",
            )
            for row in rows
        ],
        channels=known, kinds=[(key, _(RULE_KIND[key])) for key in KINDS], locations=locations,
        may_plan=may_plan(), form=form,
    )  # fmt: skip
    return render_template("stock/channels.html", page=page), form.status
