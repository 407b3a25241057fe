"""Orders that staff enter by hand: customer, type and lines; prices and stock are shown as they are typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError, Problem
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from oms.catalog.queries import find_skus
from oms.placement.commands import LineRequest, PlaceOrder
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
_ROWS, _MOST_ROWS = 5, 200
_SPLIT = re.compile(r"[\t,;，；]|\s+(?=[0-9.]+\s*$)")
_LARGE = ("address", "table", "options", "files")  # inputs that do not fit into a row
_NUMBER = re.compile(r"[0-9]{1,4}")
_ERRORS = {
    "customer_unknown": "customer",
    "order_type_unknown": "type",
    "credit_refused": "customer",
}
_POINTERS = {"customer": "customer", "requested_on": "requested_on", "ship_to": "customer", "coupons": "coupons"}
NOT_A_QUANTITY = N_("Write a quantity such as 12 or 0.5.")
SKU_MISSING = N_("Write the SKU or its barcode.")
CUSTOMER_MISSING = N_("Write the customer's number.")
LINES_MISSING = N_("Write at least one SKU with its quantity.")
UNREADABLE_LINES = N_("These lines were not understood: {lines}")


@dataclass(slots=True, kw_only=True)
class EntryLine:
    """One row of the form, with what the quote says of it. price: of one base unit; position: of the row as sent; own:
    own fields as typed; number: what the row's larger inputs are named by, "" of a new one"""

    sku: str
    quantity: str
    position: int = _MOST_ROWS
    number: str = ""
    inputs: Sequence[OwnInput] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    name: str = ""
    price: Decimal | None = None
    net: Decimal | None = None
    available: Decimal | None = None
    complete_on: date | None = None
    tier: str = ""
    problems: Sequence[str] = ()

    @property
    def empty(self) -> bool:
        return not self.sku and not self.quantity


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
    approval: ApprovalPath | None = None
    choices: Sequence[ApproverChoice] = ()
    settled: Settled = field(default_factory=Settled)
    takes_coupons: bool = False
    problems: Sequence[str] = ()


@orders.get("/new")
@requires(Permission.PLACE_ORDERS)
def new() -> ResponseReturnValue:
    return _render(Form.of(customer=request.args.get("customer", "")), [])


@orders.post("/new/lines")
@requires(Permission.PLACE_ORDERS)
def quote() -> ResponseReturnValue:
    """Writes nothing. Prices and stock of the lines as typed, with pasted lines taken over and room for more."""
    sent = Form.sent()
    if not request.headers.get("HX-Request"):
        in_current_work(lambda work: _keep_uploads(work, sent))
    if request.headers.get("HX-Request"):  # while somebody types: what he typed stays his, only what is said changes
        lines = [line if line.sku and line.quantity else EntryLine(sku="", quantity="") for line in _lines(sent)]
        return _render(sent, lines, fragment=True)
    return _render(sent, _with_pasted(sent, _lines(sent)))


@orders.post("/new")
@requires(Permission.PLACE_ORDERS)
def submit() -> ResponseReturnValue:
    sent = Form.sent()
    in_current_work(lambda work: _keep_uploads(work, sent))
    lines = _with_pasted(sent, _lines(sent))
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
    with current_work() as work:
        types = order_types(work, CHANNEL)
        quoted = _quote(work, sent, lines)
        seen = _look_ahead(work, sent, lines, quoted)
        page = EntryPage(
            form=sent,
            lines=lines if fragment else _with_inputs(work, sent, _numbered(_padded(lines))),
            types=[(key, name_in(names, current_locale())) for key, names in types.items()],
            inputs=[] if fragment else [one for one in make_inputs(work, "order", sent, {}) if one.kind != "output"],
            line_inputs=[] if fragment else _line_inputs(work),
            conditions="" if fragment else form_conditions(work, "order", {"order": {"channel": CHANNEL}}),
            quote=quoted,
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
    return LineRequest(sku=code, quantity=number_in(line.quantity) or Decimal(0), unit=unit)


def _keep_uploads(work: Work, sent: Form) -> None:
    keep_uploads(work, "order", sent)
    for number in sent.values_of("row")[:_MOST_ROWS]:
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


def _numbered(lines: list[EntryLine]) -> list[EntryLine]:
    """Rows keep their number when others go, so that what was typed stays with its row."""
    free = max((int(line.number) for line in lines if line.number), default=0)
    for count, line in enumerate((line for line in lines if not line.number), start=1):
        line.number = str(free + count)
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


def _lines(sent: Form) -> list[EntryLine]:
    codes, quantities, numbers = sent.values_of("sku"), sent.values_of("quantity"), sent.values_of("row")
    found = []
    own = {name.removeprefix("line.cf."): texts for name, texts in sent.values.items() if name.startswith("line.cf.")}
    for position, (code, units) in enumerate(list(zip(codes, quantities, strict=False))[:_MOST_ROWS]):
        typed = {key: texts[position] for key, texts in own.items() if len(texts) > position}
        number = numbers[position] if len(numbers) > position and _NUMBER.fullmatch(numbers[position]) else ""
        line = EntryLine(
            sku=code.strip()[:200], quantity=units.strip()[:40], position=position, own=typed, number=number
        )
        if line.quantity and not line.sku:
            line.problems = [_(SKU_MISSING)]
        elif line.sku and not (number_in(line.quantity) or Decimal(0)) > 0:
            line.problems = [_(NOT_A_QUANTITY)]
        found.append(line)
    return found


def _with_pasted(sent: Form, lines: list[EntryLine]) -> list[EntryLine]:
    """The lines with those of the paste field behind them; what was not understood stays in the field."""
    text, unread, pasted = sent.value("paste"), [], 0
    lines = [line for line in lines if not line.empty]
    for row in text.splitlines()[:_MOST_ROWS]:
        if not row.strip():
            continue
        parts = [part.strip() for part in _SPLIT.split(row.strip()) if part and part.strip()]
        units = number_in(parts[1]) if len(parts) > 1 else Decimal(1)
        if units is None or units <= 0 or len(lines) >= _MOST_ROWS:
            unread.append(row.strip())
        else:
            lines.append(EntryLine(sku=parts[0][:200], quantity=parts[1] if len(parts) > 1 else "1"))
            pasted += 1
    sent.values["paste"] = ["\n".join(unread)]
    if unread:
        sent.refuse_field("paste", _(UNREADABLE_LINES, lines="; ".join(unread[:5])))
    if pasted:
        sent.values["pasted_lines"] = [str(pasted)]
    return lines


def _padded(lines: list[EntryLine]) -> list[EntryLine]:
    """Always a few empty rows at the end."""
    filled = [line for line in lines if not line.empty]
    spare = max(_ROWS - len(filled), 2) if len(filled) < _MOST_ROWS else 0
    return filled + [EntryLine(sku="", quantity="") for _row in range(spare)]
