"""Volume rebates: agreements, and where each customer stands in a period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text
from oms.rebates.errors import AgreementNotFound
from oms.rebates.plan import Tier, period_of
from oms.rebates.reckon import Standing, list_agreements, standings
from oms.rebates.save_agreement import SaveAgreement, save_agreement
from oms.receivables.pay_rebate import PayRebate, pay_rebate
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_day
from web.pages.prices.blueprint import prices, tabs
from web.pages.prices.lists import CURRENCY_WRONG, KEY_WRONG
from web.pages.run_once import run_once

PERIOD_NAMES = {"month": N_("Month"), "quarter": N_("Quarter"), "year": N_("Year")}
TIERS_WRONG = N_("Write a tier a line: from which turnover on, a space, and the percent, such as 10000 3.")
_FIELDS = {
    "rebate_party_unknown": "party", "rebate_tiers_invalid": "tiers", "rebate_validity_inverted": "valid_to",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAgreement:
    """with_whom: number of a customer or key of a group; tiers: (from turnover, percent) each; closed: it is over"""

    row: Any
    name: str
    with_whom: str
    period: str
    first: date
    last: date
    tiers: Sequence[tuple[Decimal, Decimal]]
    standings: Sequence[Standing]
    closed: bool


@dataclass(slots=True, kw_only=True)
class RebatesPage:
    tabs: Sequence[tuple[str, str, None, bool]]
    agreements: Sequence[ShownAgreement]
    day: date
    periods: Sequence[tuple[str, str]]
    may_edit: bool
    form: Form


@prices.get("/rebates")
@requires(Permission.VIEW_PRICES)
def rebates() -> ResponseReturnValue:
    with current_work() as work:
        return _render(
            work, Form.of(period="quarter", currency=work.tenant.currency, valid_from=str(work.today.replace(day=1)))
        )


@prices.post("/rebates")
@requires(Permission.EDIT_PRICES)
def store_rebate() -> ResponseReturnValue:
    sent = Form.sent()
    key, name = sent.value("key").strip(), sent.value("name").strip()[:200]
    currency, party = sent.value("currency").strip().upper(), sent.value("party").strip()
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,59}", key):
        sent.refuse_field("key", _(KEY_WRONG))
    if not name:
        sent.refuse_field("name", _("Write a name."))
    if not re.fullmatch("[A-Z]{3}", currency):
        sent.refuse_field("currency", _(CURRENCY_WRONG))
    day, until = typed_day(sent, "valid_from"), typed_day(sent, "valid_to")
    group = sent.value("with") == "group"
    command = SaveAgreement(
        key=key, names={"en": name, current_locale(): name}, currency=currency, tiers=_tiers(sent),
        period=sent.value("period") if sent.value("period") in PERIOD_NAMES else "quarter",
        valid_from=day or date(2000, 1, 1), valid_to=until, customer=None if group else party,
        group=party if group else None,
    )  # fmt: skip

    def save(work: Work) -> tuple[str, str]:
        save_agreement(work, command)
        return _("The rebate agreement is saved."), url_for("prices.rebates")

    if not sent.refused:
        try:
            return run_once(save)
        except DomainError as error:
            sent.refuse(error, _FIELDS)
    with current_work() as work:
        return _render(work, sent), sent.status


@prices.post("/rebates/pay")
@requires(Permission.POST_RECEIVABLES)
def pay() -> ResponseReturnValue:
    """Settles one customer's closed period with a credit note."""
    sent = Form.sent()
    day, customer = typed_day(sent, "day"), from_text("cus", sent.value("customer"))

    def run(work: Work) -> tuple[str, str]:
        if day is None or customer is None:
            raise AgreementNotFound()
        paid = pay_rebate(work, PayRebate(agreement=sent.value("agreement"), customer_id=customer, day=day))
        return _("Credit note {number} is written.", number=paid.number), url_for("prices.rebates", day=str(day))

    try:
        return run_once(run)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        sent.refuse(error, {})
    with current_work() as work:
        shown = Form.of(period="quarter", currency=work.tenant.currency)
        shown.message, shown.status = sent.message, sent.status
        return _render(work, shown), sent.status


def _tiers(sent: Form) -> tuple[Tier, ...]:
    found = []
    for line in sent.value("tiers").splitlines()[:50]:
        if not line.strip():
            continue
        try:
            start, percent = (Decimal(part.replace(",", "").strip("%")) for part in line.split()[:2])
        except (InvalidOperation, ValueError):
            sent.refuse_field("tiers", _(TIERS_WRONG))
            return ()
        if not start.is_finite() or not percent.is_finite() or abs(start) >= 10**15:
            sent.refuse_field("tiers", _(TIERS_WRONG))
            return ()
        found.append(Tier(start, percent))
    return tuple(found)


def _render(work: Work, form: Form) -> str:
    day = _asked_day(work.today)
    page = RebatesPage(
        tabs=tabs("prices.rebates"), agreements=[shown_agreement(work, row, day) for row in list_agreements(work)],
        day=day, periods=[(key, _(label)) for key, label in PERIOD_NAMES.items()],
        may_edit=may(Permission.EDIT_PRICES), form=form,
    )  # fmt: skip
    return render_template("prices/rebates.html", page=page)


def _asked_day(today: date) -> date:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today


def shown_agreement(work: Work, row: Any, day: date, customer_id: Any = None) -> ShownAgreement:
    """Where its customers stand in the period that the day lies in."""
    first, after = period_of(row.period, min(day, date(9998, 1, 1)))
    return ShownAgreement(
        row=row, name=name_in(row.names, current_locale()) or row.key,
        with_whom=row.customer or row.customer_group or "", period=_(PERIOD_NAMES[row.period]), first=first,
        last=after - timedelta(days=1),
        tiers=[(Decimal(start), Decimal(percent)) for start, percent in row.tiers or ()],
        standings=standings(work, row, min(day, date(9998, 1, 1)), customer_id), closed=after <= work.today,
    )  # fmt: skip
