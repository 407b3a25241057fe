"""What the order desk has before it: a draft, a template, planned deliveries, notes, and holds to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.ids import new_id
from oms.instalments.plan import equal_parts
from oms.intake.attachments import AttachFile, attach_file
from oms.intake.drafts import SaveDraft, save_draft
from oms.intake.notes import AddNote, add_note
from oms.intake.templates import SaveTemplate, TemplateLine, save_template
from oms.orders.place_hold import place_holds
from oms.placement.commands import LineRequest, PlaceOrder, Received
from oms.placement.place_order import place_order
from oms.placement.policy import DuplicatePolicy
from oms.placement.policy_for import policy_for
from tenants.scope import in_work

_PURCHASE_ORDER = b"%PDF-1.4\n%Purchase order PO-2211 of Westlake Tea House\n"
_RECEIVED = b'{"order_type": "standard", "customer_number": "K-1005", "lines": [{"sku": "JJ-50", "quantity": "30"}]}'


def tell_intake_story(engine: Engine, tenant_id: UUID, people: Mapping[str, Actor]) -> None:
    """By the order desk, on fresh small orders."""
    for step in (_papers, _planned, _twice, _stopped):
        in_work(engine, tenant_id, people["ops"], partial(step))


def _order(work: Work, customer: str, *lines: LineRequest, received: Received | None = None) -> UUID:
    """As usual, and an order like one of the last hour is held: the desk tries that before it is switched on."""
    policy = replace(
        policy_for(work, "standard"),
        duplicates=DuplicatePolicy(window=timedelta(hours=1), same=frozenset({"buyer", "goods"}), hold=True),
    )
    command = PlaceOrder(
        order_type="standard", channel="console", customer_number=customer, lines=lines, received=received
    )
    return place_order(work, command, policy).order_id


def _papers(work: Work) -> None:
    typed = {"customer": ["K-1004"], "type": ["standard"], "sku": ["BAG-K", "TIN-250"], "quantity": ["10", "60"]}
    save_draft(work, SaveDraft(draft_id=new_id(), content=typed, customer="K-1004", lines=2))
    lines = (TemplateLine(sku="QM-250", quantity="24"), TemplateLine(sku="DH-250", quantity="24"))
    save_template(work, SaveTemplate(name="Black tea, weekly / 红茶周订单", lines=lines, order_type="standard"))


def _planned(work: Work) -> None:
    plan = equal_parts(Decimal(30), 3, work.today, 1, "months")
    line = LineRequest(sku="JJ-50", quantity=Decimal(30), instalments=plan)
    order = _order(work, "K-1005", line, received=Received(body=_RECEIVED, content_type="application/json"))
    add_note(work, AddNote(order_id=order, body="Deliver to the back door / 送到后门", pinned=True))
    add_note(work, AddNote(order_id=order, body="We call you the day before / 送货前一天电联", for_buyer=True))
    attach_file(work, AttachFile(order_id=order, name="PO-2211.pdf", data=_PURCHASE_ORDER, for_buyer=True))


def _twice(work: Work) -> None:
    for _again in range(2):
        _order(work, "K-1006", LineRequest(sku="CUP-6", quantity=Decimal(9)))


def _stopped(work: Work) -> None:
    order = _order(work, "K-1004", LineRequest(sku="BM-100", quantity=Decimal(5)))
    place_holds(
        work,
        order,
        ["address", "manual"],
        "The street is missing a number; the buyer calls back / 门牌号缺失，等买家回电",
    )
