"""The queue as a page: groups by reason, the oldest hold first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.orders.read_order import OrderDetail
from oms.review.compare import ComparedGoods, compare_orders
from oms.review.queue import WHICH, QueuedHold, QueueFilter, read_queue
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues
from web.http.access import requires
from web.http.principals import may, signed_in
from web.http.work import current_work
from web.pages.orders.asked import channels
from web.pages.review.blueprint import review
from web.pages.review.fixes import Fix, fix_for
from web.pages.row_ids import id_in
from web.pages.rule_words import reasons_in_words
from web.pages.words import HOLD, Word, word

LABELS = {"all": N_("All"), "mine": N_("Mine"), "unassigned": N_("Unassigned"), "overdue": N_("Overdue")}
_MONEY = {"credit", "payment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    label: str
    url: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroup:
    """One reason with how many wait for it."""

    word: Word
    reason: str
    count: int
    oldest: datetime
    url: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHold:
    """release: by hand, by this reader"""

    id: str
    order_id: str
    order_url: str
    row: Any
    word: Word
    reason: str
    due_at: datetime
    overdue: bool
    fix: Fix
    release: bool


@dataclass(slots=True, kw_only=True)
class ReviewPage:
    """people: (id, name) of those who may be asked; back: the query of this view; more: url of the next page, "" on
    the last"""

    tabs: Sequence[Tab]
    groups: Sequence[ShownGroup]
    holds: Sequence[ShownHold]
    people: Sequence[tuple[str, str]]
    me: str
    back: str
    more: str
    filtered: bool
    may_release: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage:
    """differing: (label, this, other) of what is not the same; lines: goods of both"""

    hold_id: str
    one: OrderDetail
    other: OrderDetail
    facts: Sequence[tuple[str, str, str]]
    lines: Sequence[ComparedGoods]
    release: bool
    cancel: bool


@review.get("")
@requires(Permission.VIEW_ORDERS)
def index() -> ResponseReturnValue:
    wanted = wanted_of(request.args)
    with current_work() as work:
        queue = read_queue(work, wanted)
        people = colleagues(work) if may(Permission.RELEASE_HOLDS) else []
        said = reasons_in_words(work)
    page = ReviewPage(
        tabs=[
            Tab(
                label=_(LABELS[which]), count=str(queue.counts[which]), current=which == wanted.which,
                url=url_for("review.index", which=which),
            )
            for which in WHICH
        ],
        groups=[
            ShownGroup(
                word=word(HOLD, group.type), reason=said.get(group.reason) or _(group.reason),
                count=group.holds, oldest=group.oldest,
                current=(group.type, group.reason) == (wanted.type, wanted.reason),
                url=url_for("review.index", which=wanted.which, type=group.type, reason=group.reason),
            )
            for group in queue.groups
        ],
        holds=[_shown(one, said) for one in queue.holds],
        people=[(to_text("usr", key), name) for key, name in people],
        me=to_text("usr", signed_in().id),
        back=request.query_string.decode("utf-8", "replace")[:500],
        more=_more(wanted, queue.next),
        filtered=wanted.type is not None,
        may_release=may(Permission.RELEASE_HOLDS),
    )  # fmt: skip
    return render_template("review/index.html", page=page)


@review.get("/<hold_id>/compare")
@requires(Permission.VIEW_ORDERS)
def compare(hold_id: str) -> ResponseReturnValue:
    """The order and the one that it looks like, side by side."""
    key = id_in("hld", hold_id)
    with current_work() as work:
        pair = compare_orders(work, key)
    one, other = pair.one, pair.other
    page = ComparePage(
        hold_id=to_text("hld", key), one=one, other=other, facts=_facts(one.order, other.order),
        lines=pair.goods, release=may(Permission.RELEASE_HOLDS) and one.order.status == "placed",
        cancel=may(Permission.CANCEL_ORDERS) and one.order.status == "placed",
    )  # fmt: skip
    return render_template("review/compare.html", page=page)


def wanted_of(arguments: Any) -> QueueFilter:
    """What the address asks for; nonsense in it is left out."""
    which = arguments.get("which", "all")
    at, key = arguments.get("at", ""), from_text("hld", arguments.get("after", ""))
    try:
        after = (datetime.fromisoformat(at), key) if key is not None else None
    except ValueError:
        after = None
    if after is not None and after[0].tzinfo is None:
        after = None
    clean = {name: arguments.get(name, "").replace("\0", "")[:500] or None for name in ("type", "reason")}
    return QueueFilter(which=which if which in WHICH else "all", after=after, **clean)  # type: ignore[arg-type]


def _shown(one: QueuedHold, said: Mapping[str, str]) -> ShownHold:
    hold = one.hold
    by_hand = hold.type != "approval" and may(Permission.RELEASE_HOLDS)
    return ShownHold(
        id=to_text("hld", hold.id), order_id=to_text("ord", hold.order_id), row=hold, word=word(HOLD, hold.type),
        order_url=url_for("orders.show", order_id=to_text("ord", hold.order_id)),
        reason=said.get(hold.reason) or _(hold.reason),
        due_at=one.due_at, overdue=one.overdue, fix=fix_for(one),
        release=by_hand and (hold.type not in _MONEY or may(Permission.RELEASE_CREDIT)),
    )  # fmt: skip


def _more(wanted: QueueFilter, after: tuple[datetime, UUID] | None) -> str:
    if after is None:
        return ""
    return url_for(
        "review.index", which=wanted.which, type=wanted.type, reason=wanted.reason, at=after[0].isoformat(),
        after=to_text("hld", after[1]),
    )  # fmt: skip


def _facts(one: Any, other: Any) -> list[tuple[str, str, str]]:
    def told(order: Any) -> list[tuple[str, str]]:
        place = order.ship_to
        return [
            (_("Customer"), f"{order.customer_name} · {order.customer_number}"),
            (_("Channel"), dict(channels()).get(order.channel, order.channel)),
            (_("Channel's number"), order.outside_number or "—"),
            (_("Ships to"), ", ".join(str(place[key]) for key in ("recipient", "street", "city") if place.get(key))),
            (_("Entered by"), order.created_by_name),
            (_("Buyer's note"), order.buyer_note or "—"),
        ]

    return [(label, mine, theirs) for (label, mine), (_same, theirs) in zip(told(one), told(other), strict=True)]
