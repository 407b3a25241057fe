"""Who is at the portal, which order types he may use, and what every portal page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import render_template

from kernel.db import Work
from kernel.errors import Forbidden
from kernel.i18n import N_, current_locale
from kernel.ids import from_text, to_text
from kernel.money import round_amount
from oms.carts.cart import CHANNEL, Cart, read_cart
from oms.placement.policy import OrderPolicy
from oms.placement.policy_for import order_types, policy_for
from tenants.access.queries import name_in
from web.http.formats import money, unit_name, unit_price
from web.http.principals import signed_in

# Units that tenants use most, so that they read well in both languages; others stand as the tenant wrote them.
UNITS = (N_("piece"), N_("box"), N_("case"), N_("carton"), N_("pack"), N_("pallet"), N_("bag"), N_("bottle"), N_("set"))


class NotABuyer(Forbidden):
    """Staff whom somebody gave the permission: they order for nobody."""

    code = "not_a_buyer"
    message = N_("The portal is for customers. You work for the company itself.")


@dataclass(frozen=True, slots=True)
class Buyer:
    """The signed-in portal user."""

    customer_id: UUID
    role_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ordering:
    """policy  the order type that prices are asked of; None where the supplier takes no orders on the portal
    types   (key, name) of all that may be chosen
    """

    policy: OrderPolicy | None
    types: list[tuple[str, str]]


def buyer() -> Buyer:
    """raises NotABuyer"""
    user = signed_in().user
    if user is None or user.kind != "portal" or user.customer_id is None:
        raise NotABuyer()
    return Buyer(customer_id=user.customer_id, role_keys=user.role_keys)


def ordering(work: Work, chosen: str = "") -> Ordering:
    """The order types of the portal with the chosen one, else the first."""
    found = order_types(work, CHANNEL)
    if not found:
        return Ordering(policy=None, types=[])
    types = [(key, name_in(names, current_locale())) for key, names in found.items()]
    return Ordering(policy=policy_for(work, chosen if chosen in found else types[0][0]), types=types)


def cart_of(work: Work) -> Cart:
    return read_cart(work, buyer().customer_id)


def render(template: str, page: Any, cart_lines: int, **more: Any) -> str:
    """The template with what all portal templates know besides their page."""
    return render_template(template, page=page, cart_lines=cart_lines, unit=unit_name, price=price, **more)


def price(amount: Decimal | None, currency: str) -> str:
    """As amounts are written, unless it has more decimals than the currency."""
    exact = amount is None or round_amount(amount, currency) == amount
    return money(amount, currency) if exact else unit_price(amount, currency)


def id_of(prefix: str, text: str | None) -> UUID | None:
    return from_text(prefix, text) if text else None


def address_text(address: Mapping[str, Any]) -> str:
    """One line: "Warehouse · Ann, 1 Main St, 20095 Hamburg, DE"."""
    city = " ".join(part for part in (address.get("postal_code"), address.get("city")) if part)
    parts = [address.get("recipient"), address.get("street"), city, address.get("region"), address.get("country")]
    line = ", ".join(str(part) for part in parts if part)
    return f"{address['label']} · {line}" if address.get("label") else line


def address_id_text(value: str | UUID) -> str:
    return to_text("adr", UUID(str(value)))
