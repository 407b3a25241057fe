"""Products: the list, and one product with its SKUs, units, barcodes, prices and stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from oms.catalog.queries import categories, list_products, read_product
from oms.catalog.substitutes import product_of_sku, set_substitutes, substitutes_of
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.errors import status_of
from web.http.forms import Form
from web.http.principals import may
from web.http.problems import said
from web.http.work import current_work
from web.pages.navigation import MASTER_DATA, NavEntry
from web.pages.own_fields.edit import OwnCard, own_card
from web.pages.own_fields.filters import OwnFilters, read_own_filters
from web.pages.run_once import run_once
from web.pages.words import PRICE_SCOPES

bp = Blueprint("products", __name__, url_prefix="/products")
NAVIGATION = (
    NavEntry(N_("Products"), "box", "products.index", Permission.VIEW_PRODUCTS, 30, MASTER_DATA, shortcut="p"),
)
_ROWS = 50
_PRICES = """
SELECT e.sku_id, e.min_quantity, e.unit_price, p.key, p.names, p.scope, p.currency, p.priority, p.valid_from, p.valid_to
FROM price_list_entries e
JOIN price_lists p ON p.tenant_id = %(tenant)s AND p.id = e.price_list_id
WHERE e.tenant_id = %(tenant)s AND e.sku_id = ANY(%(skus)s::uuid[])
ORDER BY p.scope, p.priority DESC, p.key, e.min_quantity LIMIT 500
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrice:
    """list: its name; validity: text, "" without bounds"""

    list: str
    scope: str
    price: Any
    validity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSku:
    """sku: JSON of `oms.catalog.queries`; units: (name, base units in one)"""

    sku: Mapping[str, Any]
    units: Sequence[tuple[str, Any]]
    barcodes: Sequence[tuple[str, str]]
    prices: Sequence[ShownPrice]
    stock_url: str


@dataclass(slots=True, kw_only=True)
class ProductsPage:
    rows: Sequence[Any]
    search: str
    category: str
    categories: Sequence[str]
    own: OwnFilters
    chips: Sequence[tuple[str, str]]
    next_url: str | None
    previous_url: str | None


@dataclass(slots=True, kw_only=True)
class ProductPage:
    product: Any
    facts: Sequence[tuple[str, str]]
    skus: Sequence[ShownSku]
    shows_prices: bool
    own: OwnCard | None
    substitutes: Mapping[str, Sequence[str]]
    may_edit: bool
    typed_sku: str = ""
    typed: str = ""
    fault: str = ""


@bp.get("")
@requires(Permission.VIEW_PRODUCTS)
def index() -> ResponseReturnValue:
    search, category = request.args.get("q", "").strip()[:200], request.args.get("category", "").strip()
    trail = request.args.getlist("after")[-60:]
    with current_work() as work:
        own = read_own_filters(work, "product", request.args)
        found = list_products(
            work, search=search, category=category or None, limit=_ROWS + 1, after=trail[-1] if trail else None,
            fields=own.filter,
        )  # fmt: skip
        all_categories = categories(work)
    plain: dict[str, Any] = {"q": search or None, "category": category or None}
    state = {**plain, **own.state}
    more = len(found) > _ROWS
    chip = _("{name}: {value}", name=_("Category"), value=category)
    page = ProductsPage(
        rows=found[:_ROWS],
        search=search,
        category=category,
        categories=all_categories,
        own=own,
        chips=[
            *([(chip, url_for("products.index", **{**state, "category": None}))] if category else []),
            *own.chips(lambda kept: url_for("products.index", **plain, **kept)),
        ],
        next_url=url_for("products.index", **state, after=[*trail, found[_ROWS - 1].code]) if more else None,
        previous_url=url_for("products.index", **state, after=trail[:-1]) if trail else None,
    )
    return render_template("products/index.html", page=page)


@bp.get("/<path:code>")
@requires(Permission.VIEW_PRODUCTS)
def show(code: str) -> ResponseReturnValue:
    return _render_product(code)


@bp.post("/skus/<path:sku_code>/substitutes")
@requires(Permission.VIEW_PRODUCTS, Permission.EDIT_PRODUCTS)
def store_substitutes(sku_code: str) -> ResponseReturnValue:
    typed = Form.sent().value("substitutes")
    codes = [code for part in typed.replace("，", ",").split(",") if (code := part.strip())]
    with current_work() as work:
        product = product_of_sku(work, sku_code)

    def run(work: Work) -> tuple[str, str]:
        set_substitutes(work, sku_code, codes)
        audit(work, "product.substitutes", "sku", sku_code, {"substitutes": (None, ", ".join(codes))})
        return _("The substitutes are saved."), url_for("products.show", code=product)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code != "substitutes_invalid":
            raise
        reasons = [said(problem.message, problem.facts) for problem in error.problems]
        fault = " ".join(reasons) or said(error.message, error.facts)
        return _render_product(product, typed_sku=sku_code, typed=typed, fault=fault), status_of(error)


def _render_product(code: str, **typed: str) -> str:
    with current_work() as work:
        product = read_product(work, code)
        substitutes = {
            sku["code"]: [row.code for row in substitutes_of(work, sku["code"])] for sku in product.skus
        }  # fmt: skip
        shows_prices = may(Permission.VIEW_PRICES)
        prices = _prices(work, [sku["id"] for sku in product.skus]) if shows_prices else {}
        edit_url = url_for("own_fields.product", code=product.code)
        own = own_card(work, "product", product.custom, edit_url, Permission.EDIT_PRODUCTS)
    facts = [
        (_("Brand"), product.brand),
        (_("Category"), product.category),
        (_("Tax class"), product.tax_class),
        (_("Sold"), _("Yes") if product.active else _("No")),
    ]
    page = ProductPage(
        product=product,
        facts=[(label, value) for label, value in facts if value],
        skus=[_shown(sku, prices.get(str(sku["id"]), [])) for sku in product.skus],
        shows_prices=shows_prices,
        own=own, substitutes=substitutes, may_edit=may(Permission.EDIT_PRODUCTS), **typed,
    )  # fmt: skip
    return render_template("products/show.html", page=page)


def _shown(sku: Mapping[str, Any], prices: Sequence[ShownPrice]) -> ShownSku:
    return ShownSku(
        sku=sku,
        units=sorted(sku["units"].items(), key=lambda unit: unit[1]),
        barcodes=[(code, unit or sku["base_unit"]) for code, unit in sku["barcodes"].items()],
        prices=prices,
        stock_url=url_for("stock.sku", code=sku["code"]) if may(Permission.VIEW_STOCK) else "",
    )


def _prices(work: Work, skus: Sequence[str]) -> dict[str, list[ShownPrice]]:
    found: dict[str, list[ShownPrice]] = {}
    for row in work.rows(_PRICES, {"tenant": work.tenant_id, "skus": list(skus)}):
        bounds = [str(day) if day else "…" for day in (row.valid_from, row.valid_to)]
        shown = ShownPrice(
            list=name_in(row.names, current_locale()) or row.key,
            scope=_(PRICE_SCOPES.get(row.scope, row.scope)),
            price=row,
            validity=" – ".join(bounds) if row.valid_from or row.valid_to else "",
        )
        found.setdefault(str(row.sku_id), []).append(shown)
    return found
