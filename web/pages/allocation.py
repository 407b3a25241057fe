"""The workbench: which orders want units, allocate them as one, and compare the rules with the least cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.allocation.waiting_orders import MOST, WaitingFilter, WaitingOrder, count_waiting, waiting_orders
from oms.placement.allocate_batch import AllocateBatch, Mode, allocate_batch, keep_batch
from oms.placement.batches import read_batch, recent_batches
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work
from web.pages.navigation import NavEntry
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import place_names

bp = Blueprint("allocation", __name__, url_prefix="/allocation")
NAVIGATION = (
    NavEntry(N_("Allocation"), "package", "allocation.index", Permission.ALLOCATE_ORDERS, 22),
)  # fmt: skip
KINDS: Mapping[str, str] = {
    "all": N_("All that wait"),
    "backordered": N_("Backordered"),
    "unallocated": N_("Not allocated yet"),
}
MODES: Mapping[str, str] = {"rules": N_("By the rules"), "optimise": N_("At the least cost")}
NONE_CHOSEN = N_("Choose at least one order.")


@dataclass(slots=True, kw_only=True)
class WorkbenchPage:
    """orders: (order, its address, its id as text) each; tabs: (label, url, count, current); batches: (row, address,
    mode in words) each; total: how many wait in all; form: what went wrong"""

    orders: Sequence[tuple[WaitingOrder, str, str]]
    tabs: Sequence[tuple[str, str, int | None, bool]]
    search: str
    kind: str
    batches: Sequence[tuple[Any, str, str]]
    total: int
    message: str


@dataclass(slots=True, kw_only=True)
class BatchPage:
    """columns: the mode of each result and what came of it; orders: (id, number, of each result what the order got);
    tried: nothing is promised yet; other: the id of the result that it is compared with"""

    batch: Any
    mode: str
    compared: Sequence[tuple[str, Any]]
    orders: Sequence[tuple[str, str, Sequence[Mapping[str, Any] | None]]]
    left_out: Sequence[tuple[str, str]]
    names: Mapping[str, str]
    currency: str
    ids: Sequence[str]
    may_apply: bool


@bp.get("")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def index() -> ResponseReturnValue:
    return _render("")


@bp.post("/batches")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def allocate() -> ResponseReturnValue:
    """do: rules or optimise allocates; compare tries both and promises nothing."""
    sent = Form.sent()
    orders = tuple(found for text in sent.values_of("order") if (found := from_text("ord", text)) is not None)
    if not orders:
        return _render(_(NONE_CHOSEN)), 422
    wanted = sent.value("do")
    mode = cast(Mode, wanted if wanted in MODES else "rules")

    def run(work: Work) -> tuple[str, str]:
        if wanted == "compare":
            by_rules, best = (_batch(work, orders, one, dry_run=True) for one in ("rules", "optimise"))
            target = url_for("allocation.batch", batch_id=to_text("bat", by_rules), other=to_text("bat", best))
            return _("Nothing is promised yet. Compare, then apply one."), target
        done = _batch(work, orders, mode, dry_run=False)
        return _("The orders are allocated."), url_for("allocation.batch", batch_id=to_text("bat", done))

    try:
        return run_once(run)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _render(said(error.message, error.facts)), 422


@bp.get("/batches/<batch_id>")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def batch(batch_id: str) -> ResponseReturnValue:
    other = from_text("bat", request.args.get("other", ""))
    with current_work() as work:
        row = read_batch(work, id_in("bat", batch_id))
        second = read_batch(work, other) if other is not None else None
        names, currency = dict(place_names(work)), work.tenant.currency
    results = [one for one in (row, second) if one is not None]
    page = BatchPage(
        batch=row, mode=_(MODES[row.mode]), compared=[(_(MODES[one.mode]), one) for one in results],
        orders=_orders(results), names=names, currency=currency,
        left_out=[(one["order_id"], said(one["because"])) for one in row.result["left_out"]],
        ids=[one["order_id"] for one in row.result["orders"]], may_apply=row.dry_run,
    )  # fmt: skip
    return render_template("allocation/batch.html", page=page)


@bp.get("/batches")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def batches() -> ResponseReturnValue:
    return redirect(url_for("allocation.index"))


def _batch(work: Work, orders: tuple[UUID, ...], mode: Any, *, dry_run: bool) -> UUID:
    done = allocate_batch(work, AllocateBatch(order_ids=orders, mode=mode, dry_run=dry_run))
    keep_batch(work, done)
    if not dry_run:
        told = {"orders": (None, str(len(done.served))), "promised": (None, str(done.promised)), "mode": (None, mode)}
        audit(work, "orders.allocate_batch", "allocation_batch", to_text("bat", done.id), told)
    return done.id


def _orders(results: Sequence[Any]) -> list[tuple[str, str, Sequence[Mapping[str, Any] | None]]]:
    by_id = [{one["order_id"]: one for one in each.result["orders"]} for each in results]
    return [
        (one["order_id"], one["number"], [found.get(one["order_id"]) for found in by_id])
        for one in results[0].result["orders"]
    ]


def _render(message: str) -> str:
    kind = request.args.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    search = request.args.get("q", "").strip()[:200].replace("\0", "")
    with current_work() as work:
        wanted = WaitingFilter(kind=cast(Literal["all", "backordered", "unallocated"], kind), search=search)
        orders = waiting_orders(work, wanted, most=MOST)
        counts, recent = count_waiting(work), recent_batches(work)
    numbers = {"all": counts.all, "backordered": counts.backordered, "unallocated": counts.all - counts.backordered}
    page = WorkbenchPage(
        orders=[
            (one, url_for("orders.show", order_id=to_text("ord", one.id)), to_text("ord", one.id)) for one in orders
        ],
        tabs=[
            (_(label), url_for("allocation.index", kind=key, q=search or None), numbers[key], key == kind)
            for key, label in KINDS.items()
        ],
        search=search, kind=kind, total=numbers[kind], message=message,
        batches=[
            (row, url_for("allocation.batch", batch_id=to_text("bat", row.id)), _(MODES[row.mode])) for row in recent
        ],
    )  # fmt: skip
    return render_template("allocation/index.html", page=page)
