"""Prices changed where they stand: the rows of a page as fields, saved all at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.pricing.put_tiers import Tier, put_tiers
from oms.pricing.read_lists import read_price_list
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work
from web.pages.prices.blueprint import prices
from web.pages.prices.rows import NOT_A_PRICE, number_in, plain, render_list
from web.pages.run_once import run_once

NOTHING_CHANGED = N_("No price was changed.")
_MOST = 200


@prices.post("/lists/<key>/prices")
@requires(Permission.EDIT_PRICES)
def put_prices(key: str) -> ResponseReturnValue:
    """Only rows whose fields say something else than before (`was.…`) are written."""
    sent = Form.sent()
    changed = _changed(sent)
    if not sent.refused and not changed:
        sent.refuse_field("prices", _(NOTHING_CHANGED))
    if sent.refused:
        return _again(key, sent)

    def save(work: Work) -> tuple[str, str]:
        found, _targets = read_price_list(work, key)
        faults = put_tiers(work, found.id, [tier for _row, tier in changed])
        for fault in faults:
            field = "floor" if fault.field == "floor_price" else "price"
            sent.refuse_field(f"{field}.{changed[fault.row][0]}", said(fault.message, {"value": fault.value}))
        if faults:
            raise _Refused()
        told = {f"{tier.sku} {plain(tier.from_quantity)}": _told(sent, row, tier) for row, tier in changed}
        audit(work, "price_list.rows", "price_list", key, told)
        return _("{count} prices are saved.", count=len(changed)), _back(key)

    try:
        return run_once(save)
    except _Refused:
        return _again(key, sent)
    except DomainError as error:
        if error.code in {"price_list_not_found", "idempotency_key_missing"}:
            raise
        return _again(key, sent.refuse(error))


class _Refused(Exception):
    """The form says why."""


def _changed(sent: Form) -> list[tuple[str, Tier]]:
    """(row as the form names it, what it is to be) each; faults go to the form."""
    found = []
    for name in list(sent.values)[: 5 * _MOST]:
        if not name.startswith("price."):
            continue
        row = name.removeprefix("price.")
        sku, _bar, quantity = row.rpartition("|")
        price, floor = sent.value(name).strip(), sent.value(f"floor.{row}").strip()
        if [price, floor] == [sent.value(f"was.{row}"), sent.value(f"wasfloor.{row}")]:
            continue
        amounts = [_amount(sent, name, price), _amount(sent, f"floor.{row}", floor) if floor else None]
        tier = Tier(
            sku, amounts[0] or Decimal(0), number_in(quantity) or Decimal(0), sent.value(f"unit.{row}") or None,
            amounts[1],
        )  # fmt: skip
        found.append((row, tier))
    return found


def _amount(sent: Form, name: str, text: str) -> Decimal | None:
    number = number_in(text.replace(",", ""))
    if number is None:
        sent.refuse_field(name, _(NOT_A_PRICE))
    return number


def _told(sent: Form, row: str, tier: Tier) -> tuple[Any, Any]:
    before = [sent.value(f"was.{row}"), sent.value(f"wasfloor.{row}")]
    after = [plain(tier.unit_price), "" if tier.floor_price is None else plain(tier.floor_price)]
    return " / ".join(filter(None, before)), " / ".join(filter(None, after))


def _back(key: str) -> str:
    """The same page of the list as before."""
    state: dict[str, Any] = {"q": request.args.get("q") or None, "after": request.args.getlist("after")[-100:] or None}
    return url_for("prices.show", key=key, **state)


def _again(key: str, sent: Form) -> ResponseReturnValue:
    with current_work() as work:
        return render_list(work, key, sent, "prices"), sent.status
