"""The follow-up list of overdue invoices, and the steps that are taken by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.receivables.queries import read_follow_up, read_steps
from oms.receivables.save_steps import MOST_STEPS, Step, save_steps
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.problems import said
from web.http.work import current_work
from web.pages.receivables.blueprint import receivables
from web.pages.run_once import run_once

NOT_DAYS = N_("Write a number of days, such as 14.")
_SPARE = 2  # empty rows to fill in


@dataclass(slots=True, kw_only=True)
class FollowUpPage:
    """rows: (row, url of the invoice, url of the customer) each"""

    rows: Sequence[tuple[Any, str, str]]
    has_steps: bool
    may_edit: bool


@dataclass(slots=True, kw_only=True)
class StepsPage:
    numbers: Sequence[int]
    form: Form


@receivables.get("/follow-up")
@requires(Permission.VIEW_CREDIT)
def follow_up() -> ResponseReturnValue:
    with current_work() as work:
        rows, steps = read_follow_up(work), read_steps(work)
    page = FollowUpPage(
        rows=[
            (
                row, url_for("receivables.show", receivable_id=to_text("rec", row.id)),
                url_for("customers.show", customer_id=to_text("cus", row.customer_id)),
            )
            for row in rows
        ],
        has_steps=bool(steps), may_edit=may(Permission.EDIT_CREDIT),
    )  # fmt: skip
    return render_template("receivables/follow_up.html", page=page)


@receivables.get("/dunning")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def steps() -> ResponseReturnValue:
    with current_work() as work:
        found = read_steps(work)
    shown: dict[str, str | None] = {}
    for row in found:
        shown |= {
            f"days.{row.step}": str(row.after_days), f"remind.{row.step}": "1" if row.remind else None,
            f"stop.{row.step}": "1" if row.stop else None, f"words.{row.step}": row.words,
        }  # fmt: skip
    return _render(Form.of(**shown))


@receivables.post("/dunning")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def store_steps() -> ResponseReturnValue:
    """The rows where days stand, in their order."""
    sent = Form.sent()
    found, numbers = [], []
    for number in range(1, MOST_STEPS + 1):
        text = sent.value(f"days.{number}").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            sent.refuse_field(f"days.{number}", _(NOT_DAYS))
            continue
        numbers.append(number)
        found.append(
            Step(
                after_days=int(text), remind=sent.checked(f"remind.{number}"), stop=sent.checked(f"stop.{number}"),
                words=sent.value(f"words.{number}"),
            )
        )  # fmt: skip
    if sent.refused:
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        save_steps(work, found)
        return _("The dunning steps are saved."), url_for("receivables.steps")

    try:
        return run_once(run)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        for problem in error.problems:  # "/0/after_days" is the first row that was filled in
            index = int(problem.pointer.split("/")[1]) if problem.pointer else 0
            sent.refuse_field(f"days.{numbers[index]}", said(problem.message, problem.facts))
        return _render(sent)


def _render(form: Form) -> ResponseReturnValue:
    filled = [n for n in range(1, MOST_STEPS + 1) if form.value(f"days.{n}") or form.error(f"days.{n}")]
    last = min((filled[-1] if filled else 0) + _SPARE, MOST_STEPS)
    page = StepsPage(numbers=range(1, last + 1), form=form)
    return render_template("receivables/steps.html", page=page), form.status
