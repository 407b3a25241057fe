"""Coupons, what promotions have taken off so far, and which orders used them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from low_code.documents.compiled import configuration
from oms.promotions.read_coupons import list_coupons, list_redemptions, uses_by_promotion
from oms.promotions.save_coupon import SaveCoupon, coupon_promotions, end_coupon, save_coupon
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_day
from web.pages.prices.blueprint import prices, tabs
from web.pages.prices.lists import validity
from web.pages.run_once import run_once

_ROWS = 50
NOT_A_COUNT = N_("Write a whole number from 1 on, or leave it empty for no limit.")
_FIELDS = {
    "coupon_code_invalid": "code", "coupon_promotion_unknown": "promotion", "coupon_customer_unknown": "customer",
    "coupon_limit_invalid": "most_uses", "coupon_validity_inverted": "valid_to",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPromotion:
    """budget, limit: texts, "" without one; share: percent of the budget that is used, None without one"""

    name: str
    key: str
    uses: int
    amount: Any
    currency: str
    most_uses: int | None
    most_amount: Any
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCoupon:
    row: Any
    promotion: str
    validity: str


@dataclass(slots=True, kw_only=True)
class CouponsPage:
    """promotions: (key, name) of those in force that ask for a code"""

    tabs: Sequence[tuple[str, str, None, bool]]
    used: Sequence[UsedPromotion]
    coupons: Sequence[ShownCoupon]
    redemptions: Sequence[tuple[Any, str, str]]
    promotions: Sequence[tuple[str, str]]
    search: str
    may_edit: bool
    form: Form
    next_url: str | None
    previous_url: str | None


@prices.get("/coupons")
@requires(Permission.VIEW_PRICES)
def coupons() -> ResponseReturnValue:
    with current_work() as work:
        return _render(work, Form.of(active="1"))


@prices.post("/coupons")
@requires(Permission.EDIT_PRICES)
def store_coupon() -> ResponseReturnValue:
    sent = Form.sent()
    if sent.checked("end"):
        return run_once(lambda work: _end(work, sent.value("code")))
    command = SaveCoupon(
        code=sent.value("code"), promotion=sent.value("promotion"), customer=sent.value("customer").strip() or None,
        most_uses=_count(sent, "most_uses"), most_per_customer=_count(sent, "most_per_customer"),
        valid_from=typed_day(sent, "valid_from"), valid_to=typed_day(sent, "valid_to"),
    )  # fmt: skip

    def save(work: Work) -> tuple[str, str]:
        code = save_coupon(work, command)
        return _("Coupon {code} is saved.", code=code), url_for("prices.coupons")

    if not sent.refused:
        try:
            return run_once(save)
        except DomainError as error:
            sent.refuse(error, _FIELDS)
    with current_work() as work:
        return _render(work, sent), sent.status


def _end(work: Work, code: str) -> tuple[str, str]:
    end_coupon(work, code)
    return _("Coupon {code} is ended.", code=code), url_for("prices.coupons")


def _count(sent: Form, name: str) -> int | None:
    text = sent.value(name).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) == 0:
        sent.refuse_field(name, _(NOT_A_COUNT))
        return None
    return int(text)


def _render(work: Work, form: Form) -> str:
    search, trail = request.args.get("q", "").strip()[:100], request.args.getlist("after")[-60:]
    found = list_coupons(work, search=search, limit=_ROWS + 1, after=trail[-1] if trail else None)
    more = len(found) > _ROWS
    names = _names(work)
    shown = [
        ShownCoupon(row=row, promotion=names.get(row.promotion, row.promotion),
                    validity=validity(row.valid_from, row.valid_to))
        for row in found[:_ROWS]
    ]  # fmt: skip
    redeemed = list_redemptions(work, limit=_ROWS)
    sees = may(Permission.VIEW_ORDERS)
    page = CouponsPage(
        tabs=tabs("prices.coupons"), used=_used(work), coupons=shown,
        redemptions=[
            (row, names.get(row.promotion, row.promotion),
             url_for("orders.show", order_id=to_text("ord", row.order_id)) if sees else "")
            for row in redeemed
        ],
        promotions=[(key, name_in(each, current_locale()) or key) for key, each in coupon_promotions(work).items()],
        search=search, may_edit=may(Permission.EDIT_PRICES), form=form,
        next_url=url_for("prices.coupons", q=search or None, after=[*trail, found[_ROWS - 1].code]) if more else None,
        previous_url=url_for("prices.coupons", q=search or None, after=trail[:-1]) if trail else None,
    )  # fmt: skip
    return render_template("prices/coupons.html", page=page)


def _names(work: Work) -> dict[str, str]:
    in_force = configuration(work)
    return {
        key: name_in((in_force.body("promotion", key) or {}).get("name", {}), current_locale()) or key
        for key in in_force.keys("promotion")
    }


def _used(work: Work) -> list[UsedPromotion]:
    """The promotions in force, with what they have used of their limits."""
    in_force, used = configuration(work), uses_by_promotion(work)
    found = []
    for key in in_force.keys("promotion"):
        promotion = in_force.compiled("promotion", key)
        if promotion is None:
            continue
        uses, amount = used.get(key, (0, 0))
        url = url_for("builder.show", kind="promotion", key=key) if may(Permission.VIEW_CONFIG) else ""
        found.append(
            UsedPromotion(
                name=name_in(promotion.names, current_locale()) or key, key=key, uses=uses, amount=amount,
                currency=promotion.currency or work.tenant.currency, most_uses=promotion.most_uses,
                most_amount=promotion.most_amount, url=url,
            )
        )  # fmt: skip
    return found
