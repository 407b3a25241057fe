"""Exchange rates and tax rates, each from a day on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.pricing.save_exchange_rate import list_exchange_rates, remove_exchange_rate, save_exchange_rate
from oms.pricing.save_tax_rate import list_tax_rates, remove_tax_rate, save_tax_rate
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_day
from web.pages.prices.blueprint import prices, tabs
from web.pages.prices.lists import CURRENCY_WRONG
from web.pages.run_once import run_once

NOT_A_RATE = N_("Write a number such as 1.0837.")
COUNTRY_WRONG = N_("Write a country as two letters, such as DE, or leave it empty for everywhere.")
DAY_MISSING = N_("Write the day from which on it holds.")
CLASS_MISSING = N_("Write the tax class as products have it.")


@dataclass(slots=True, kw_only=True)
class RatesPage:
    """form_of: exchange or tax where that form was refused"""

    tabs: Sequence[tuple[str, str, None, bool]]
    exchange: Sequence[Any]
    taxes: Sequence[Any]
    may_edit: bool
    form: Form
    form_of: str

    def form_for(self, name: str) -> Form:
        return self.form if self.form_of == name else Form()


@prices.get("/rates")
@requires(Permission.VIEW_PRICES)
def rates() -> ResponseReturnValue:
    with current_work() as work:
        return _render(work, Form(), "")


@prices.post("/rates/exchange")
@requires(Permission.EDIT_PRICES)
def store_exchange() -> ResponseReturnValue:
    sent = Form.sent()
    source, target = _currency(sent, "source"), _currency(sent, "target")
    day = _day(sent)
    if sent.checked("remove"):
        return _tried(sent, "exchange", lambda work: remove_exchange_rate(work, source, target, valid_from=day))
    rate = _rate(sent)
    return _tried(sent, "exchange", lambda work: save_exchange_rate(work, source, target, rate, valid_from=day))


@prices.post("/rates/tax")
@requires(Permission.EDIT_PRICES)
def store_tax() -> ResponseReturnValue:
    sent = Form.sent()
    tax_class, country = sent.value("tax_class").strip()[:60], sent.value("country").strip().upper()
    region, day = sent.value("region").strip()[:100], _day(sent)
    if not tax_class:
        sent.refuse_field("tax_class", _(CLASS_MISSING))
    if not re.fullmatch("([A-Z]{2})?", country):
        sent.refuse_field("country", _(COUNTRY_WRONG))
    if sent.checked("remove"):
        return _tried(
            sent, "tax", lambda work: remove_tax_rate(work, tax_class, country=country, region=region, valid_from=day)
        )
    rate = _rate(sent) / 100
    return _tried(
        sent, "tax", lambda work: save_tax_rate(work, tax_class, rate, country=country, region=region, valid_from=day)
    )


def _tried(sent: Form, form_of: str, use_case: Callable[[Work], None]) -> ResponseReturnValue:
    def save(work: Work) -> tuple[str, str]:
        use_case(work)
        return _("The rates are saved."), url_for("prices.rates")

    if not sent.refused:
        try:
            return run_once(save)
        except DomainError as error:
            facts = {**error.facts}
            if "reason" in facts:
                facts["reason"] = _(str(facts["reason"]))
            sent.refuse_field("rate", _(error.message, **facts))
    with current_work() as work:
        return _render(work, sent, form_of), sent.status


def _currency(sent: Form, name: str) -> str:
    text = sent.value(name).strip().upper()
    if not re.fullmatch("[A-Z]{3}", text):
        sent.refuse_field(name, _(CURRENCY_WRONG))
    return text


def _day(sent: Form) -> date:
    day = typed_day(sent, "valid_from")
    if day is None:
        sent.refuse_field("valid_from", _(DAY_MISSING))
    return day or date(2000, 1, 1)


def _rate(sent: Form) -> Decimal:
    try:
        number = Decimal(sent.value("rate").strip().rstrip("%").strip().replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**9:
        sent.refuse_field("rate", _(NOT_A_RATE))
        return Decimal(0)
    return number


def _render(work: Work, form: Form, form_of: str) -> str:
    page = RatesPage(
        tabs=tabs("prices.rates"), exchange=list_exchange_rates(work), taxes=list_tax_rates(work),
        may_edit=may(Permission.EDIT_PRICES), form=form, form_of=form_of,
    )  # fmt: skip
    return render_template("prices/rates.html", page=page)
