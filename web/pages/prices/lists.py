"""The price lists, and making a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from oms.pricing.read_lists import list_price_lists
from oms.pricing.save_price_list import SavePriceList, save_price_list
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_day
from web.pages.prices.blueprint import prices, tabs
from web.pages.run_once import run_once
from web.pages.words import PRICE_SCOPES

_ROWS = 50
KEY_WRONG = N_("Use small letters, digits, hyphens and underscores.")
CURRENCY_WRONG = N_("Write a currency such as USD or CNY.")
PRIORITY_WRONG = N_("Write a whole number; the higher one wins.")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LIST_FIELDS = {
    "price_list_target_unknown": "targets", "price_list_target_missing": "targets", "validity_inverted": "valid_to",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """rows: text; over 10,000 are not counted"""

    row: Any
    name: str
    scope: str
    rows: str
    validity: str


@dataclass(slots=True, kw_only=True)
class ListsPage:
    tabs: Sequence[tuple[str, str, None, bool]]
    rows: Sequence[ListRow]
    search: str
    scope: str
    scopes: Sequence[tuple[str, str]]
    may_edit: bool
    form: Form
    next_url: str | None
    previous_url: str | None


@prices.get("")
@requires(Permission.VIEW_PRICES)
def index() -> ResponseReturnValue:
    with current_work() as work:
        return _render(work, Form.of(scope="base", currency=work.tenant.currency, active="1"))


@prices.post("")
@requires(Permission.EDIT_PRICES)
def create() -> ResponseReturnValue:
    sent = Form.sent()
    key = sent.value("key").strip()
    if not _KEY.fullmatch(key):
        sent.refuse_field("key", _(KEY_WRONG))
    command = read_list_form(sent, key)
    if not sent.refused:
        try:
            return run_once(lambda work: _save(work, command))
        except DomainError as error:
            sent.refuse(error, LIST_FIELDS)
    with current_work() as work:
        return _render(work, sent), sent.status


def _save(work: Work, command: SavePriceList) -> tuple[str, str]:
    save_price_list(work, command)
    return _("The price list is saved."), url_for("prices.show", key=command.key)


def read_list_form(sent: Form, key: str) -> SavePriceList:
    """What the form says; its faults stand in it."""
    name, currency = sent.value("name").strip()[:200], sent.value("currency").strip().upper()
    if not name:
        sent.refuse_field("name", _("Write a name."))
    if not re.fullmatch("[A-Z]{3}", currency):
        sent.refuse_field("currency", _(CURRENCY_WRONG))
    priority = sent.value("priority", "0").strip() or "0"
    if not re.fullmatch("-?[0-9]{1,6}", priority):
        sent.refuse_field("priority", _(PRIORITY_WRONG))
        priority = "0"
    scope = sent.value("scope") if sent.value("scope") in PRICE_SCOPES else "base"
    targets = [part.strip() for part in re.split(r"[,，\n]", sent.value("targets")) if part.strip()][:500]
    sets: dict[str, Any] = {}
    if scope in {"contract", "customer"}:
        sets["customers"] = tuple(dict.fromkeys(targets))
    elif scope == "customer_group":
        sets["groups"] = tuple(dict.fromkeys(targets))
    elif scope == "channel":
        sets["channels"] = tuple(dict.fromkeys(targets))
    elif scope == "region":
        sets["places"] = tuple((part[:2].upper(), part[2:].lstrip("/ ")) for part in dict.fromkeys(targets))
    return SavePriceList(
        key=key, names={"en": name, current_locale(): name}, currency=currency, scope=scope, priority=int(priority),
        valid_from=typed_day(sent, "valid_from"), valid_to=typed_day(sent, "valid_to"),
        active=sent.checked("active"), **sets,
    )  # fmt: skip


def _render(work: Work, form: Form) -> str:
    search, scope = request.args.get("q", "").strip()[:200], request.args.get("scope", "")
    trail = request.args.getlist("after")[-60:]
    found = list_price_lists(
        work, search=search, scope=scope if scope in PRICE_SCOPES else None, limit=_ROWS + 1,
        after=trail[-1] if trail else None,
    )  # fmt: skip
    more = len(found) > _ROWS
    state: dict[str, Any] = {"q": search or None, "scope": scope or None}
    page = ListsPage(
        tabs=tabs("prices.index"), rows=[_shown(row) for row in found[:_ROWS]], search=search, scope=scope,
        scopes=[(key, _(label)) for key, label in PRICE_SCOPES.items()], may_edit=may(Permission.EDIT_PRICES),
        form=form,
        next_url=url_for("prices.index", **state, after=[*trail, found[_ROWS - 1].key]) if more else None,
        previous_url=url_for("prices.index", **state, after=trail[:-1]) if trail else None,
    )  # fmt: skip
    return render_template("prices/index.html", page=page)


def _shown(row: Any) -> ListRow:
    return ListRow(
        row=row, name=name_in(row.names, current_locale()) or row.key, scope=_(PRICE_SCOPES[row.scope]),
        rows="> 10,000" if row.rows > 10_000 else f"{row.rows:,}", validity=validity(row.valid_from, row.valid_to),
    )  # fmt: skip


def validity(valid_from: Any, valid_to: Any) -> str:
    """From – until, "" without bounds."""
    return " – ".join(str(day) if day else "…" for day in (valid_from, valid_to)) if valid_from or valid_to else ""
