"""One order: facts, money, lines, holds, approval, timeline, why, and what may be done now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from oms.orders.place_hold import BY_HAND
from oms.orders.read_order import OrderDetail, read_order
from oms.placement.policy_for import order_types
from oms.receivables.queries import ItemFilter, list_items
from oms.regrouping.read_family import Family, Relative, read_family
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.formats import day
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.orders.approval import ApprovalPanel, approval_panel
from web.pages.orders.asked import channels
from web.pages.orders.beside import Beside, beside_of
from web.pages.orders.blueprint import orders
from web.pages.orders.bulk import cancel_reasons
from web.pages.orders.timeline import timeline
from web.pages.orders.why import Why, explain
from web.pages.orders.why_names import names_for
from web.pages.own_fields.edit import OwnCard, own_card
from web.pages.own_fields.shown import ShownValue, show_values
from web.pages.row_ids import id_in
from web.pages.rule_words import reasons_in_words
from web.pages.settled import Settled, settled_in
from web.pages.words import (
    BACKORDERED,
    FULFILMENT,
    HOLD,
    METHOD_WORDS,
    ORDER_STATUS,
    PAYMENT,
    RECEIVABLE,
    Word,
    word,
)

RELATIONS = {
    "parent": N_("This order was split from it"),
    "child": N_("Split from this order"),
    "sibling": N_("Split from the same order"),
    "into": N_("This order was merged into it"),
    "merged": N_("Merged into this order"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """promises: (location, units, shipped) each; promised_at: (key, name) of locations with units to ship
    field: name of its quantity in the cancel form; own: own fields"""

    line: Any
    own: Sequence[ShownValue]
    open: Decimal
    cancellable: Decimal
    to_invoice: Decimal
    promises: Sequence[tuple[str, Decimal, Decimal]]
    promised_at: Sequence[tuple[str, str]]
    field: str
    taken_off: Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHold:
    """source       name of the document that asked for it, "" where a person did
    release_url  "" where it is released already, or not by hand
    """

    id: str
    hold: Any
    word: Word
    reason: str
    release_reason: str
    source: str
    release_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What the reader may do with the order as it stands."""

    hold: bool
    allocate: bool
    deallocate: bool
    cancel: bool
    short_close: bool
    regroup: bool
    prioritise: bool


@dataclass(slots=True, kw_only=True)
class OrderPage:
    """form_of  the action whose form was refused ("hold", "cancel", a hold's id), "" where none was
    form     of that action; the others get an empty one
    facts    (label, value) each; address: lines of the address shipped to
    """

    id: str
    order: Any
    badges: Sequence[Word]
    facts: Sequence[tuple[str, str]]
    customer_url: str
    address: Sequence[str]
    lines: Sequence[ShownLine]
    holds: Sequence[ShownHold]
    approval: ApprovalPanel | None
    timeline: Sequence[Mapping[str, Any]]
    why: Sequence[Why]
    settled: Settled
    actions: Actions
    reasons: Sequence[tuple[str, str]]
    form_of: str
    form: Form
    own: OwnCard | None
    family: Family
    money: OrderMoney
    beside: Beside
    hold_types: Sequence[tuple[str, str]]

    @property
    def promised_at(self) -> list[tuple[str, str]]:
        """(key, name) of the locations that have units to ship."""
        found = {key: name for line in self.lines for key, name in line.promised_at}
        return sorted(found.items(), key=lambda each: each[1])

    def relation(self, one: Relative) -> str:
        """How another order belongs to this one, and how it stands."""
        return f"{_(RELATIONS[one.relation])} · {state_of(one)}"

    def form_for(self, action: str) -> Form:
        return self.form if self.form_of == action else Form()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """items    (number, word, amount, open, url) of invoices, payments and credit notes; [] who may not see them
    due      what is still to be paid for it, never below 0
    waits    it waits for payment; wanted: how much of it is still missing
    methods  of the payment form
    """

    status: Word
    items: Sequence[tuple[str, Word, Decimal, Decimal, str]]
    due: Decimal
    waits: bool
    wanted: Decimal
    invoice: bool
    pay: bool
    methods: Sequence[tuple[str, str]]


@orders.get("/<order_id>")
@requires(Permission.VIEW_ORDERS)
def show(order_id: str) -> ResponseReturnValue:
    return render_order(id_in("ord", order_id))


def render_order(order_id: UUID, *, form: Form | None = None, form_of: str = "") -> ResponseReturnValue:
    """The order as it stands now, with a refused form where there is one. Raises OrderNotFound."""
    with current_work() as work:
        detail = read_order(work, order_id)
        page = _page(work, detail, form or Form(), form_of)
    return render_template("orders/show.html", page=page), page.form.status


def _page(work: Work, detail: OrderDetail, form: Form, form_of: str) -> OrderPage:
    order = detail.order
    own_of = {line.id: show_values(work, "order_line", line.custom) for line in detail.lines}
    lines = [_line(detail, line, own_of[line.id]) for line in detail.lines]
    text_id = to_text("ord", order.id)
    names = names_for(work, detail.decisions)
    approval = approval_panel(work, order.id)
    hidden = approval.hidden if approval else frozenset()
    said = reasons_in_words(work)
    return OrderPage(
        id=text_id,
        order=order,
        badges=_badges(detail),
        facts=_facts(work, order, hidden),
        customer_url=url_for("customers.show", customer_id=to_text("cus", order.customer_id)),
        address=_address(order.ship_to),
        lines=lines,
        holds=[_hold(text_id, order, hold, names.document, said) for hold in detail.holds],
        approval=approval,
        timeline=timeline([event for event in detail.events if not hidden or event.kind != "approval_edited"], said),
        why=() if hidden else explain(detail.decisions, order.currency, names),  # traces name all that was read
        settled=settled_in(detail),
        actions=_actions(order, lines),
        reasons=cancel_reasons(),
        form_of=form_of,
        form=form,
        money=_money(work, detail, lines),
        own=own_card(
            work,
            "order",
            {key: value for key, value in order.custom.items() if f"cf.{key}" not in hidden},
            url_for("own_fields.order", order_id=text_id),
            Permission.PLACE_ORDERS,
        ),
        family=read_family(work, order.id),
        beside=beside_of(work, detail),
        hold_types=[(kind, str(word(HOLD, kind))) for kind in BY_HAND],
    )


def state_of(order: Any) -> Word:
    """The one word for how an order stands."""
    if order.status == "placed":
        return word(FULFILMENT, order.fulfilment_status)
    return word(ORDER_STATUS, order.status)


def _money(work: Work, detail: OrderDetail, lines: Sequence[ShownLine]) -> OrderMoney:
    """What was invoiced and paid, and what finance may do now."""
    order = detail.order
    found = list_items(work, ItemFilter(order_id=order.id), limit=100) if may(Permission.VIEW_CREDIT) else []
    waits = any(hold.type == "payment" for hold in detail.open_holds)
    posts = may(Permission.POST_RECEIVABLES) and order.status in {"placed", "closed"}
    required = min(order.prepay_required, order.total) if waits else order.total
    due = max(order.total - order.credited_total - order.paid_total, Decimal(0))
    return OrderMoney(
        status=word(PAYMENT, order.payment_status),
        items=[
            (
                item.number, word(RECEIVABLE, item.kind), item.amount, item.open_amount,
                url_for("receivables.show", receivable_id=to_text("rec", item.id)),
            )
            for item in found
        ],
        due=due, waits=waits, wanted=max(required - order.paid_total, Decimal(0)) or due,
        invoice=posts and any(line.to_invoice for line in lines), pay=posts and bool(due),
        methods=[(key, _(label)) for key, label in METHOD_WORDS.items()],
    )  # fmt: skip


def _badges(detail: OrderDetail) -> list[Word]:
    order = detail.order
    badges = [word(ORDER_STATUS, order.status)]
    if order.status == "placed":
        badges.append(word(FULFILMENT, order.fulfilment_status))
        if order.backordered:
            badges.append(BACKORDERED)
        if order.payment_status != "none":
            badges.append(word(PAYMENT, order.payment_status))
        badges += [word(HOLD, kind) for kind in sorted({hold.type for hold in detail.open_holds})]
    return badges


def _facts(work: Work, order: Any, hidden: Collection[str]) -> list[tuple[str, str]]:
    names = order_types(work).get(order.order_type, {})
    facts = [
        (_("Order type"), name_in(names, current_locale()) or order.order_type),
        (_("Channel"), dict(channels()).get(order.channel, order.channel)),
        (_("Channel's number"), order.outside_number or ""),
        (_("Entered by"), order.created_by_name),
        (_("Priority"), str(order.priority)),
        (_("Promised day"), day(order.promise_on) if order.promise_on else ""),
        (_("Requested day"), day(order.requested_on) if order.requested_on else ""),
        (_("Risk score"), str(order.risk_score) if order.risk_score else ""),
        (_("Buyer's note"), order.buyer_note),
        (_("Tags"), ", ".join(order.tags)),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]


def _address(address: Mapping[str, Any]) -> list[str]:
    town = " ".join(str(address.get(part) or "") for part in ("postal_code", "city", "region")).split()
    lines = [
        str(address.get("recipient") or ""), str(address.get("phone") or ""), str(address.get("street") or ""),
        " ".join(town), str(address.get("country") or ""),
    ]  # fmt: skip
    return [line for line in lines if line]


def _line(detail: OrderDetail, line: Any, own: Sequence[ShownValue]) -> ShownLine:
    return ShownLine(
        line=line,
        taken_off=detail.taken_off(line.id),
        own=own,
        open=line.ordered - line.cancelled - line.allocated,
        cancellable=line.ordered - line.cancelled - max(line.shipped, line.invoiced),
        to_invoice=line.ordered - line.cancelled - line.invoiced,
        promised_at=[
            (promise.location, name_in(promise.location_names, current_locale()) or promise.location)
            for promise in detail.promises_of(line.id)
            if promise.quantity > promise.shipped
        ],
        promises=[
            (name_in(promise.location_names, current_locale()) or promise.location, promise.quantity, promise.shipped)
            for promise in detail.promises_of(line.id)
        ],
        field=f"quantity.{to_text('lin', line.id)}",
    )


def _hold(
    order_id: str, order: Any, hold: Any, name_of: Callable[[str, int], str], said: Mapping[str, str]
) -> ShownHold:
    hold_id = to_text("hld", hold.id)
    by_hand = hold.released_at is None and hold.type != "approval" and order.status == "placed"
    may_release = by_hand and may(Permission.RELEASE_HOLDS)
    return ShownHold(
        id=hold_id,
        hold=hold,
        word=word(HOLD, hold.type),
        reason=said.get(hold.reason) or _(hold.reason),
        release_reason=_(hold.release_reason) if hold.release_reason else "",
        source=name_of(hold.source.partition("#")[0], order.release) if hold.source else "",
        release_url=url_for("orders.release", order_id=order_id, hold_id=hold_id) if may_release else "",
    )


def _actions(order: Any, lines: Sequence[ShownLine]) -> Actions:
    placed = order.status == "placed"
    return Actions(
        hold=placed and may(Permission.RELEASE_HOLDS),
        allocate=placed
        and may(Permission.ALLOCATE_ORDERS)
        and not order.open_holds
        and any(line.open > 0 for line in lines),
        deallocate=placed
        and may(Permission.ALLOCATE_ORDERS)
        and any(line.line.allocated > line.line.shipped for line in lines),
        cancel=placed and may(Permission.CANCEL_ORDERS) and any(line.cancellable > 0 for line in lines),
        short_close=placed
        and may(Permission.CANCEL_ORDERS)
        and any(line.open > 0 for line in lines)
        and any(line.line.allocated > 0 for line in lines),
        regroup=placed and may(Permission.CHANGE_ORDERS),
        prioritise=placed and may(Permission.ALLOCATE_ORDERS),
    )
