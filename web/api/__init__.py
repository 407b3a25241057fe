"""The JSON API for partners, `/api/v1`: blueprints with their schemas beside them. See README.md."""

from __future__ import annotations

from flask import Flask

from web.api import (
    allocation,
    approvals,
    backorders,
    bank_statements,
    configuration,
    credit,
    customer_buyers,
    customer_people,
    customer_records,
    customers,
    docs,
    dunning,
    imports,
    locations,
    order_attachments,
    order_changes,
    order_deliveries,
    order_drafts,
    order_papers,
    order_regrouping,
    order_templates,
    orders,
    payments,
    price_lists,
    prices,
    products,
    promotions,
    rates,
    rebates,
    receivables,
    review,
    statements,
    stock,
    stock_counts,
    stock_plans,
    stock_transfers,
)
from web.api.spec import make_api


def register(app: Flask) -> None:
    api = make_api(app)
    for module in (
        products, prices, price_lists, rates, promotions, rebates, customers, customer_people,
        customer_records, customer_buyers,
        stock, stock_transfers, stock_counts, stock_plans, locations, orders, order_changes, order_papers, review,
        order_attachments, order_deliveries, order_drafts, order_templates,
        order_regrouping, allocation, backorders, approvals, imports,
        credit, receivables, payments, statements, dunning, bank_statements, configuration,
    ):  # fmt: skip
        api.register_blueprint(module.bp)
    app.register_blueprint(docs.bp)
