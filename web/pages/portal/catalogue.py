"""The catalogue: what is sold to this company, at its own prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_
from oms.carts.list_offers import Offer, OfferFilter, list_offers
from oms.catalog.queries import categories
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.work import current_work
from web.pages.navigation import NavEntry
from web.pages.portal.buyer import buyer, cart_of, ordering, render
from web.pages.portal.stock_words import StockWord, stock_word

bp = Blueprint("portal_catalogue", __name__, url_prefix="/portal")
NAVIGATION = (
    NavEntry(N_("Catalogue"), "building-store", "portal_catalogue.index", Permission.USE_PORTAL, 10, "", "portal", "h"),
)
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class OfferRow:
    """units: (unit, base units in one); in_cart: (quantity, unit or None) each"""

    offer: Offer
    stock: StockWord
    units: list[tuple[str, Decimal]]
    in_cart: list[tuple[Decimal, str | None]]


@dataclass(slots=True, kw_only=True)
class CataloguePage:
    """open: whether the supplier takes orders here at all"""

    rows: list[OfferRow]
    categories: list[str]
    search: str
    category: str
    currency: str
    includes_tax: bool
    open: bool
    next_url: str | None = None
    previous_url: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@bp.get("")
@requires(Permission.USE_PORTAL)
def index() -> ResponseReturnValue:
    me = buyer()
    search, category, after = (
        request.args.get(name, "").strip()[:_LONGEST].replace("\0", "") for name in ("q", "category", "after")
    )
    with current_work() as work:
        cart, found = cart_of(work), ordering(work)
        wanted = OfferFilter(search=search, category=category or None, after=after or None)
        page = list_offers(work, me.customer_id, wanted, found.policy) if found.policy else None
        known, currency = categories(work), work.tenant.currency
    there: dict[str, list[tuple[Decimal, str | None]]] = {}
    for line in cart.lines:
        there.setdefault(line.sku, []).append((line.quantity, line.unit))
    rows = [
        OfferRow(
            offer, stock_word(offer.available, offer.start, found.policy, offer.complete_on),
            [(offer.base_unit, Decimal(1)), *sorted(offer.units.items(), key=lambda unit: unit[1])],
            there.get(offer.code, []),
        )
        for offer in (page.offers if page else ())
    ]  # fmt: skip
    shown = CataloguePage(
        rows=rows, categories=known, search=search, category=category, currency=currency,
        includes_tax=bool(found.policy and found.policy.prices_include_tax), open=found.policy is not None,
        next_url=_url(search, category, page.next) if page and page.next else None,
        previous_url=_url(search, category) if after else None,
    )  # fmt: skip
    return render("portal/catalogue.html", shown, len(cart.lines))


def _url(search: str, category: str, after: str | None = None) -> str:
    return url_for("portal_catalogue.index", q=search or None, category=category or None, after=after)
