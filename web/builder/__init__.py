"""The builder: the tenant's configuration as JSON documents, from the draft to the release and back."""

from __future__ import annotations

from flask import Flask

from web.builder import (
    backtests,
    documents,
    editor,
    exchange,
    fields,
    history,
    manual,
    plans,
    publish,
    rebase,
    sandbox,
    sheets,
    templates,
    trial,
    try_document,
)
from web.builder.islands import island
from web.pages.navigation import add_navigation

# Modules whose routes belong to the blueprint of another one are imported so that they are there.
_ROUTES = (documents, editor, exchange, manual, sheets, templates, publish, history, rebase, sandbox, try_document)


def register(app: Flask) -> None:
    app.jinja_env.globals["island"] = island
    for module in (documents, publish, history, plans, trial, backtests, fields):
        app.register_blueprint(module.bp)
        add_navigation(app, module.NAVIGATION)
