"""Orders that staff enter by hand: customer, type and lines; prices and stock are shown as they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError, Problem
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, new_id, to_text
from oms.catalog.queries import find_skus, suggest_skus
from oms.customers.queries import list_customers
from oms.intake.drafts import discard_draft
from oms.intake.offer_substitutes import offer_substitutes
from oms.placement.commands import DEFAULT_PRIORITY, PRIORITIES, LineRequest, PlaceOrder
from oms.placement.errors import CustomerUnknown, OrderInvalid, OrderTypeUnknown
from oms.placement.place import place
from oms.placement.policy_for import order_types, policy_for
from oms.placement.preview_approval import ApprovalPreview, preview_approval
from oms.placement.quote_order import Quote, QuotedLine, quote_order
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.amounts import number_in, typed_day
from web.pages.approver_choices import ApproverChoice, choice_inputs, chosen_approvers, refuse_choices
from web.pages.orders.approval_path import ApprovalPath, approval_path
from web.pages.orders.blueprint import orders
from web.pages.orders.entry_lines import MOST_ROWS, EntryLine, lines_of, numbered, padded, with_pasted
from web.pages.orders.entry_start import begin_entry
from web.pages.orders.plan_text import PlanUnreadable, read_plan
from web.pages.own_fields.conditions import form_conditions
from web.pages.own_fields.inputs import (
    OwnInput,
    keep_uploads,
    make_inputs,
    make_row_inputs,
    read_inputs,
    take_up_problems,
)
from web.pages.run_once import run_once
from web.pages.settled import Settled, settled_of

CHANNEL = "console"
_PRIORITIES = tuple(str(one) for one in PRIORITIES)
_LARGE = ("address", "table", "options", "files")  # inputs that do not fit into a row
_ERRORS = {
    "customer_unknown": "customer",
    "order_type_unknown": "type",
    "credit_refused": "customer",
}
_POINTERS = {"customer": "customer", "requested_on": "requested_on", "ship_to": "customer", "coupons": "coupons"}
CUSTOMER_MISSING = N_("Write the customer's number.")
LINES_MISSING = N_("Write at least one SKU with its quantity.")


@dataclass(slots=True, kw_only=True)
class EntryPage:
    """quote: None as long as there is nothing to price; inputs: the tenant's own fields of the order, line_inputs those
    of each line that fit into its row; conditions: for the browser"""

    form: Form
    lines: list[EntryLine]
    types: Sequence[tuple[str, str]]
    inputs: Sequence[OwnInput]
    line_inputs: Sequence[OwnInput]
    conditions: str
    quote: Quote | None
    currency: str
    credit: str
    draft: str
    priorities: Sequence[tuple[str, str]]
    approval: ApprovalPath | None = None
    choices: Sequence[ApproverChoice] = ()
    settled: Settled = field(default_factory=Settled)
    takes_coupons: bool = False
    problems: Sequence[str] = ()


@orders.get("/new")
@requires(Permission.PLACE_ORDERS)
def new() -> ResponseReturnValue:
    with current_work() as work:
        form = begin_entry(work, request.args)
    return _render(form, lines_of(form))


@orders.post("/new/lines")
@requires(Permission.PLACE_ORDERS)
def quote() -> ResponseReturnValue:
    """Writes nothing. Prices and stock of the lines as typed, with pasted lines taken over and room for more."""
    sent = Form.sent()
    if not request.headers.get("HX-Request"):
        in_current_work(lambda work: _keep_uploads(work, sent))
    if request.headers.get("HX-Request"):  # while somebody types: what he typed stays his, only what is said changes
        lines = [line if line.sku and line.quantity else EntryLine(sku="", quantity="") for line in lines_of(sent)]
        return _render(sent, lines, fragment=True)
    return _render(sent, with_pasted(sent, lines_of(sent)))


@orders.get("/new/goods")
@requires(Permission.PLACE_ORDERS)
def find_goods() -> ResponseReturnValue:
    """Suggestions for what is being typed into a line: SKU, barcode or a part of the name."""
    typed = (request.args.getlist("sku") or [""])[0].strip()[:80].replace("\0", "")
    with current_work() as work:
        rows = suggest_skus(work, typed) if typed else []
    return render_template("portal/_found.html", rows=rows, typed=typed)


@orders.get("/new/customers")
@requires(Permission.PLACE_ORDERS, Permission.VIEW_CUSTOMERS)
def find_buyers() -> ResponseReturnValue:
    """Suggestions for the customer that is being typed: number, name, phone or e-mail."""
    typed = request.args.get("customer", "").strip()[:80].replace("\0", "")
    with current_work() as work:
        rows = list_customers(work, search=typed, limit=8) if typed else []
    return render_template("orders/_buyers.html", rows=[row for row in rows if row.active])


@orders.post("/new")
@requires(Permission.PLACE_ORDERS)
def submit() -> ResponseReturnValue:
    sent = Form.sent()
    in_current_work(lambda work: _keep_uploads(work, sent))
    lines = with_pasted(sent, lines_of(sent))
    if sent.value("pasted_lines"):  # not taken over yet: look at them first
        return _render(sent, lines)
    if not sent.value("customer").strip():
        sent.refuse_field("customer", _(CUSTOMER_MISSING))
    typed = [line for line in lines if not line.empty]
    if not typed:
        sent.refuse_field("paste", _(LINES_MISSING))
    typed_day(sent, "requested_on")
    if sent.refused or any(line.problems for line in typed):
        sent.status = 422
        return _render(sent, lines)

    def write(work: Work) -> tuple[str, str]:
        placed = place(work, _command(work, sent, typed))
        if (draft := from_text("drf", sent.value("draft"))) is not None:
            discard_draft(work, draft)
        target = url_for("orders.show", order_id=to_text("ord", placed.order_id))
        if placed.holds:
            return _("Order {number} is placed and on hold.", number=placed.number), target
        return _("Order {number} is placed.", number=placed.number), target

    try:
        return run_once(write)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _render(_refused(sent, error, typed), lines)


def _refused(sent: Form, error: DomainError, typed: Sequence[EntryLine]) -> Form:
    """Faults of lines stand at the lines, those of fields beside their fields, the rest above the form."""
    refuse_choices(sent, error)
    if not isinstance(error, OrderInvalid):
        return sent.refuse(error, _ERRORS)
    sent.status = 422
    for problem in error.problems:
        _take_up(sent, problem, typed)
    return sent


def _take_up(sent: Form, problem: Problem, typed: Sequence[EntryLine]) -> None:
    sentence = said(problem.message, problem.facts)
    part, *rest = problem.pointer.strip("/").split("/")
    if part == "lines" and rest and int(rest[0]) < len(typed):
        line = typed[int(rest[0])]
        line.problems = [*line.problems, sentence]
    elif part == "custom" and rest:
        take_up_problems(sent, [problem])
    elif part in _POINTERS:
        sent.errors.setdefault(_POINTERS[part], sentence)
    else:
        sent.message = f"{sent.message} {sentence}".strip()


def _render(sent: Form, lines: list[EntryLine], *, fragment: bool = False) -> ResponseReturnValue:
    if sent.value("priority") not in _PRIORITIES:
        sent.values["priority"] = [str(DEFAULT_PRIORITY)]
    with current_work() as work:
        types = order_types(work, CHANNEL)
        quoted = _quote(work, sent, lines)
        seen = _look_ahead(work, sent, lines, quoted)
        page = EntryPage(
            form=sent,
            lines=lines if fragment else _with_inputs(work, sent, numbered(padded(lines))),
            types=[(key, name_in(names, current_locale())) for key, names in types.items()],
            inputs=[] if fragment else [one for one in make_inputs(work, "order", sent, {}) if one.kind != "output"],
            line_inputs=[] if fragment else _line_inputs(work),
            conditions="" if fragment else form_conditions(work, "order", {"order": {"channel": CHANNEL}}),
            quote=quoted,
            draft=sent.value("draft") or to_text("drf", new_id()),
            priorities=[(text, text) for text in _PRIORITIES],
            currency=quoted.currency if quoted else work.tenant.currency,
            problems=[said(one.message, one.facts) for one in quoted.problems] if quoted and fragment else [],
            settled=settled_of(quoted.order if quoted else None),
            takes_coupons=not fragment and _takes_coupons(work, types),
            approval=approval_path(seen),
            choices=choice_inputs(seen),
            credit=said(quoted.credit.reason) if quoted and quoted.credit and quoted.credit.verdict != "pass" else "",
        )
    template = "orders/_entry_quote.html" if fragment else "orders/entry.html"
    return render_template(template, page=page), 200 if fragment else sent.status


def _takes_coupons(work: Work, types: Mapping[str, Mapping[str, str]]) -> bool:
    return any(promotion.coupon for key in types for promotion in policy_for(work, key).promotions)


def _quote(work: Work, sent: Form, lines: Sequence[EntryLine]) -> Quote | None:
    """What the lines that can be read would cost; it is written into the lines."""
    readable = [line for line in lines if not line.empty and not line.problems]
    if not readable or not sent.value("customer").strip():
        return None
    command = _command(work, sent, readable)
    try:
        quoted = quote_order(work, command, policy_for(work, command.order_type))
    except CustomerUnknown as error:
        sent.errors.setdefault("customer", said(error.message, error.facts))
        return None
    except OrderTypeUnknown as error:
        sent.errors.setdefault("type", said(error.message, error.facts))
        return None
    except DomainError as error:
        sent.message = sent.message or said(error.message, error.facts)
        return None
    for line, found in zip(readable, quoted.lines, strict=True):
        _write_quote(line, found)
    offers = offer_substitutes(work, command, quoted, policy_for(work, command.order_type))
    for line, found in zip(readable, quoted.lines, strict=True):
        line.substitutes = offers.get(found.sku.code, ()) if found.sku is not None else ()
    return quoted


def _look_ahead(work: Work, sent: Form, lines: Sequence[EntryLine], quoted: Quote | None) -> ApprovalPreview | None:
    """Whom the order would be shown to, as it is typed so far."""
    if quoted is None or quoted.order is None:
        return None
    command = _command(work, sent, [line for line in lines if not line.empty])
    return preview_approval(work, command, quoted.order, policy_for(work, command.order_type))


def _write_quote(line: EntryLine, found: QuotedLine) -> None:
    line.problems = [said(problem.message, problem.facts) for problem in found.problems]
    if found.sku is None:
        return
    line.name, line.available, line.complete_on = found.sku.name, found.available, found.complete_on
    line.unit = line.unit or found.sku.base_unit
    if found.planned is not None:
        line.price, line.net = found.planned.unit_price, found.planned.amounts.net
        if found.next_tier is not None:
            line.tier = f"{found.next_tier.min_quantity.normalize():f}"


def _command(work: Work, sent: Form, lines: Sequence[EntryLine]) -> PlaceOrder:
    """SKUs as they are known: a scanned barcode is its SKU, in the unit that the barcode names."""
    known = find_skus(work, [line.sku for line in lines])
    return PlaceOrder(
        order_type=sent.value("type") or next(iter(order_types(work, CHANNEL)), ""),
        channel=CHANNEL,
        customer_number=sent.value("customer").strip(),
        lines=tuple(replace(_request(line, known), custom=_line_custom(work, sent, line)) for line in lines),
        requested_on=typed_day(Form(values=sent.values), "requested_on"),
        coupons=tuple(sent.value("coupons").replace(",", " ").split()[:20]),
        buyer_note=sent.value("note").strip()[:2000],
        priority=int(text) if (text := sent.value("priority")) in _PRIORITIES else DEFAULT_PRIORITY,
        custom={
            key: value
            for key, value in read_inputs(work, "order", sent, {}).items()
            if value is not None and value != []
        },
        approvers=chosen_approvers(sent),
    )


def _request(line: EntryLine, known: Mapping[str, object]) -> LineRequest:
    found = known.get(line.sku)
    code, unit = getattr(found, "code", line.sku), getattr(found, "unit", None)
    wanted = number_in(line.quantity) or Decimal(0)
    try:
        plan = read_plan(line.plan, wanted) if line.plan else ()
    except PlanUnreadable:  # said at the line
        plan = ()
    return LineRequest(sku=code, quantity=wanted, unit=line.wanted_unit or unit, instalments=plan)


def _keep_uploads(work: Work, sent: Form) -> None:
    keep_uploads(work, "order", sent)
    for number in sent.values_of("row")[:MOST_ROWS]:
        keep_uploads(work, "order_line", sent, prefix=_row_prefix(number))


def _row_prefix(number: str) -> str:
    return f"line.{number}.cf."


def _line_inputs(work: Work) -> list[OwnInput]:
    """Inputs of each line: those that fit into a row."""
    made = make_inputs(work, "order_line", Form(), {}, prefix="", files=False)
    return [one for one in made if one.kind not in ("heading", "output", *_LARGE)]


def _with_inputs(work: Work, sent: Form, lines: list[EntryLine]) -> list[EntryLine]:
    """The lines with their larger inputs, which stand below the row."""
    made = make_row_inputs(work, "order_line", sent, [(_row_prefix(line.number), {}) for line in lines])
    for line, inputs in zip(lines, made, strict=True):
        line.inputs = [one for one in inputs if one.kind in _LARGE]
    return lines


def _line_custom(work: Work, sent: Form, line: EntryLine) -> dict[str, object]:
    """What was typed into the inputs of the row and below it."""
    own = Form(values={
        one.key: [texts[line.position]]
        for one in _line_inputs(work)
        if len(texts := sent.values_of(f"line.cf.{one.key}")) > line.position
    })  # fmt: skip
    given = read_inputs(work, "order_line", own, {}, prefix="", files=False)
    if line.number:
        given |= read_inputs(work, "order_line", sent, {}, prefix=_row_prefix(line.number))
    return {key: value for key, value in given.items() if value is not None and value != []}
