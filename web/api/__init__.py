"""The JSON API for partners, `/api/v1`: blueprints with their schemas beside them. See README.md."""

from __future__ import annotations

from flask import Flask

from web.api import (
    approvals,
    configuration,
    customers,
    docs,
    imports,
    locations,
    order_regrouping,
    orders,
    prices,
    products,
    stock,
    stock_counts,
    stock_plans,
    stock_transfers,
)
from web.api.spec import make_api


def register(app: Flask) -> None:
    api = make_api(app)
    for module in (
        products, prices, customers, stock, stock_transfers, stock_counts, stock_plans, locations, orders,
        order_regrouping, approvals, imports, configuration,
    ):  # fmt: skip
        api.register_blueprint(module.bp)
    app.register_blueprint(docs.bp)
