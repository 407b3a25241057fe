"""Splitting an order, with a preview of what would become of it, merging orders, and taking either back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import from_text, to_text
from oms.orders.lock_order import lock_order
from oms.orders.read_order import OrderDetail, read_order
from oms.regrouping.errors import NothingToSplit
from oms.regrouping.find_mergeable import Mergeable, find_mergeable
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.offer_split import PreviewOrder, SplitOffer, offer_split, split_by_rule
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.regrouping.undo_move import UndoMove, undo_move
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.orders.show import render_order
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.typed import NOT_UNITS, typed_units, typed_version

MOST_COLUMNS = 4  # new orders that one form can make; rules may make more


@dataclass(slots=True, kw_only=True)
class SplitPage:
    """columns: how many new orders the form has; form: what was typed"""

    detail: OrderDetail
    id: str
    offer: SplitOffer
    preview: Sequence[PreviewOrder]
    form: Form
    columns: int
    rule_name: str
    seal: str


@dataclass(slots=True, kw_only=True)
class MergePage:
    detail: OrderDetail
    id: str
    found: Sequence[tuple[str, Mergeable]]
    form: Form


@orders.get("/<order_id>/split")
@requires(Permission.CHANGE_ORDERS)
def split(order_id: str) -> ResponseReturnValue:
    """`?by=waiting` or `?by=rule` begins with the preview of that."""
    by = request.args.get("by", "")
    form = Form.of(do="preview", by=by) if by in {"waiting", "rule"} else Form()
    return _split_page(id_in("ord", order_id), form)


@orders.post("/<order_id>/split")
@requires(Permission.CHANGE_ORDERS)
def store_split(order_id: str) -> ResponseReturnValue:
    """Shows what would become of it (`do` is preview), or does it: by the rule (`by` is rule) or by the quantities."""
    key, sent = id_in("ord", order_id), Form.sent()
    if sent.value("do") == "preview":
        return _split_page(key, sent)

    def run(work: Work) -> tuple[str, str]:
        groups = _groups(work, key, sent)
        if sent.refused or not groups:
            raise NothingToSplit()
        note = sent.value("note").strip()[:500]
        rule = _rule_of(work, key) if sent.value("by") == "rule" else ""
        command = SplitOrder(order_id=key, groups=groups, note=note, rule=rule, expected_version=typed_version(sent))
        numbers = [one.number for one in split_order(work, command).orders]
        return _("Split off: {numbers}.", numbers=", ".join(numbers)), _back(key)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found"}:
            raise
        return _split_page(key, sent.refuse(error, {}))


@orders.get("/<order_id>/merge")
@requires(Permission.CHANGE_ORDERS)
def merge(order_id: str) -> ResponseReturnValue:
    return _merge_page(id_in("ord", order_id), Form())


@orders.post("/<order_id>/merge")
@requires(Permission.CHANGE_ORDERS)
def store_merge(order_id: str) -> ResponseReturnValue:
    key, sent = id_in("ord", order_id), Form.sent()
    others = [found for text in sent.values_of("order") if (found := from_text("ord", text)) is not None]

    def run(work: Work) -> tuple[str, str]:
        note = sent.value("note").strip()[:500]
        merged = merge_orders(work, MergeOrders(order_ids=(key, *others), note=note))
        return _("Merged into {number}.", number=merged.number), _back(merged.order_id)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found"}:
            raise
        return _merge_page(key, sent.refuse(error, {}))


@orders.post("/<order_id>/moves/<move_id>/undo")
@requires(Permission.CHANGE_ORDERS)
def undo(order_id: str, move_id: str) -> ResponseReturnValue:
    key, sent = id_in("ord", order_id), Form.sent()

    def run(work: Work) -> tuple[str, str]:
        undone = undo_move(work, UndoMove(order_id=key, move_id=id_in("mov", move_id)))
        text = _("The split is undone.") if undone.kind == "split" else _("The merge is undone.")
        return text, _back(key)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found", "move_not_found"}:
            raise
        return render_order(key, form=sent.refuse(error, {}), form_of="undo")


def _split_page(key: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        detail = read_order(work, key, with_history=False)
        offer = offer_split(work, key)
        preview: Sequence[PreviewOrder] = ()
        if form.value("do") == "preview" or form.value("by") == "hand":
            try:
                groups = _groups(work, key, form)
                preview = offer_split(work, key, groups).preview if groups and not form.refused else ()
                if not groups and not form.refused:
                    raise NothingToSplit()
            except DomainError as error:
                form.refuse(error, {})
        rule = offer.suggestion.rule if offer.suggestion else None
        names = rule.names if rule else {}
        page = SplitPage(
            detail=detail, id=to_text("ord", key), offer=offer, preview=preview, form=form, columns=_columns(form),
            rule_name=names.get(work.tenant.locale) or names.get("en", ""),
            seal=_(offer.seal.because) if offer.seal else "",
        )  # fmt: skip
    return render_template("orders/split.html", page=page), form.status


def _merge_page(key: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        detail = read_order(work, key, with_history=False)
        found = [(to_text("ord", one.id), one) for one in find_mergeable(work, key)]
    page = MergePage(detail=detail, id=to_text("ord", key), found=found, form=form)
    return render_template("orders/merge.html", page=page), form.status


def _groups(work: Work, key: UUID, sent: Form) -> tuple[SplitOff, ...]:
    """What the rule says now, what waits for stock, or the quantities of the form, one group per column."""
    if sent.value("by") == "rule":
        suggestion = offer_split(work, key).suggestion
        return suggestion.leaving if suggestion else ()
    detail = read_order(work, key, with_history=False)
    if sent.value("by") == "waiting":
        waits = {line.id: line.ordered - line.cancelled - line.allocated for line in detail.lines}
        units = {line: count for line, count in waits.items() if count > 0}
        return (SplitOff(units=units, label=_("Waiting for stock")),) if units else ()
    groups = []
    for column in range(MOST_COLUMNS):
        units = {}
        for line in detail.lines:
            if (count := _count(sent, f"group{column}.{to_text('lin', line.id)}")) > 0:
                units[line.id] = count
        if units:
            groups.append(SplitOff(units=units))
    return tuple(groups)


def _count(sent: Form, name: str) -> Decimal:
    text = sent.value(name).strip()
    if not text:
        return Decimal(0)
    units = typed_units(text)
    if units is None:
        sent.refuse_field(name, _(NOT_UNITS))
        return Decimal(0)
    return units


def _columns(form: Form) -> int:
    used = [int(name[5]) for name in form.values if name.startswith("group") and name[5:6].isdecimal()
            and form.value(name).strip()]  # fmt: skip
    return min(max([*used, 0]) + 2, MOST_COLUMNS)


def _rule_of(work: Work, key: UUID) -> str:
    command = split_by_rule(work, lock_order(work, key))
    return command.rule if command else ""


def _back(order_id: UUID) -> str:
    return url_for("orders.show", order_id=to_text("ord", order_id))
