"""A bank statement: the file comes in, each line is shown with what it pays, and what is ticked is booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, cast

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.bank_statements.book_line import BookLine, book_line
from oms.bank_statements.match_statement import match_statement
from oms.bank_statements.plan import Match
from oms.bank_statements.read_lines import MOST_LINES, BankLine, amount_of, day_of, read_lines
from oms.mass.read_file import read_rows
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.errors import status_of
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.receivables.blueprint import receivables
from web.pages.words import Word

FILE_MISSING = N_("Choose a file.")
NOTHING_TICKED = N_("Tick the lines that are to be booked.")
CUSTOMER_MISSING = N_("Write the customer's number.")
VERDICTS = {
    "booked": Word(N_("Booked before"), "idle", "check"),
    "outgoing": Word(N_("Money that went out"), "idle", "arrow-up"),
    "exact": Word(N_("Named, and the amount is right"), "ok", "circle-check"),
    "number": Word(N_("Named, but another amount"), "warn", "alert-circle"),
    "amount": Word(N_("The only open one of this amount"), "info", "search"),
    "payer": Word(N_("Only the payer is known"), "info", "user"),
    "unknown": Word(N_("Nothing fits"), "warn", "help"),
}
_HIDDEN = ("day", "amount", "currency", "reference", "text", "payer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """said  why the line was refused; "" where it was not; done: number of the payment as which it is booked now"""

    at: int
    match: Match
    word: Word
    currency: str
    ticked: bool
    customer: str
    invoices: str
    said: str = ""
    done: str = ""

    @property
    def may_book(self) -> bool:
        return not self.done and self.match.verdict not in {"booked", "outgoing"}


@dataclass(slots=True, kw_only=True)
class BankPage:
    """faults: what of the file cannot be read, row by row; booked: how many were booked now"""

    lines: Sequence[ShownLine]
    faults: Sequence[str]
    form: Form
    booked: int = 0
    most: int = MOST_LINES


@receivables.get("/bank")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def bank() -> ResponseReturnValue:
    return _render([], Form())


@receivables.post("/bank")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def read_bank() -> ResponseReturnValue:
    """Reads the file and shows what each line pays; nothing is kept."""
    sent, file = Form.sent(), request.files.get("file")
    if file is None or not file.filename:
        return _render([], sent.refuse_field("file", _(FILE_MISSING)))
    faults: list[str] = []
    try:
        rows = read_rows(cast(BinaryIO, file.stream), file.filename)
        lines = read_lines([row for _number, row in zip(range(MOST_LINES + 2), rows, strict=False)])
    except DomainError as error:
        faults = [said(problem.message, problem.facts) for problem in error.problems]
        sent.status = status_of(error)
        sent.errors["file"] = said(error.message, error.facts)
        return _render([], sent, faults)
    with current_work() as work:
        shown = [_shown(at, match, work.tenant.currency) for at, match in enumerate(match_statement(work, lines))]
    return _render(shown, sent)


@receivables.post("/bank/book")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def book_bank() -> ResponseReturnValue:
    """Each ticked line in a transaction of its own, under the bank's reference: sent twice, it is booked once."""
    sent = Form.sent()
    lines = _sent_lines(sent)
    ticked = {at for at in lines if sent.checked(f"tick.{at}")}
    if not ticked:
        sent.refuse_field("tick", _(NOTHING_TICKED))
    told: dict[int, tuple[str, str]] = {}
    for at in sorted(ticked):
        told[at] = _book(sent, at, lines[at])
    with current_work() as work:
        matches = match_statement(work, list(lines.values()))
        currency = work.tenant.currency
    shown = [
        _shown(at, match, currency, sent, *told.get(at, ("", "")))
        for at, match in zip(lines, matches, strict=True)
    ]  # fmt: skip
    return _render(shown, sent, booked=sum(1 for _said, number in told.values() if number))


def _book(sent: Form, at: int, line: BankLine) -> tuple[str, str]:
    """(why not, "") or ("", number of the payment)"""
    customer = sent.value(f"customer.{at}").strip()[:200]
    if not customer:
        return _(CUSTOMER_MISSING), ""
    numbers = sent.value(f"invoices.{at}").replace("，", ",").replace(";", ",").split(",")
    command = BookLine(
        customer=customer, amount=line.amount, reference=line.reference, banked_on=line.day, currency=line.currency,
        invoices=tuple(number.strip()[:100] for number in numbers if number.strip()),
        note=" · ".join(part for part in (line.payer, line.text) if part)[:500],
    )  # fmt: skip

    def book(work: Work) -> Any:
        return book_line(work, command)

    try:
        return "", in_current_work(book).number
    except DomainError as error:
        return said(error.message, error.facts), ""


def _sent_lines(sent: Form) -> dict[int, BankLine]:
    """The lines that the preview carried; what somebody made of them by hand and is none is left out."""
    found: dict[int, BankLine] = {}
    for at in range(MOST_LINES):
        values = {name: sent.value(f"{name}.{at}").strip()[:500].replace("\0", "") for name in _HIDDEN}
        day, amount = day_of(values["day"]), amount_of(values["amount"])
        if day is None or amount is None or not values["reference"]:
            continue
        found[at] = _line(at, day, amount, values)
    return found


def _line(at: int, day: date, amount: Decimal, values: dict[str, str]) -> BankLine:
    return BankLine(
        row=at, day=day, amount=amount, currency=values["currency"][:3], reference=values["reference"][:200],
        text=values["text"], payer=values["payer"][:200],
    )  # fmt: skip


def _shown(
    at: int, match: Match, currency: str, sent: Form | None = None, refused: str = "", done: str = ""
) -> ShownLine:
    return ShownLine(
        at=at, match=match, word=VERDICTS[match.verdict], currency=match.line.currency or currency,
        ticked=match.sure if sent is None else bool(refused),
        customer=sent.value(f"customer.{at}") if sent else match.customer_number,
        invoices=sent.value(f"invoices.{at}") if sent else ", ".join(match.invoices), said=refused, done=done,
    )  # fmt: skip


def _render(lines: Sequence[ShownLine], form: Form, faults: Sequence[str] = (), booked: int = 0) -> ResponseReturnValue:
    page = BankPage(lines=lines, faults=faults, form=form, booked=booked)
    return render_template("receivables/bank.html", page=page), form.status
