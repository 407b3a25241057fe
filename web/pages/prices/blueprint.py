"""The blueprint that the modules of this package put their routes on, and the tabs that its pages share."""

from __future__ import annotations

from flask import Blueprint, url_for

from kernel.i18n import _

prices = Blueprint("prices", __name__, url_prefix="/prices")


def tabs(current: str) -> list[tuple[str, str, None, bool]]:
    """(label, address, no count, whether it is shown) each."""
    pages = [
        (_("Price lists"), "prices.index"),
        (_("Rates"), "prices.rates"),
        (_("Coupons"), "prices.coupons"),
        (_("Rebates"), "prices.rebates"),
    ]
    return [(label, url_for(endpoint), None, endpoint == current) for label, endpoint in pages]
