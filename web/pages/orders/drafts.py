"""Drafts of manual entries: kept while somebody types, listed, continued elsewhere, discarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.intake.drafts import DraftRow, SaveDraft, discard_draft, my_drafts, save_draft
from oms.intake.errors import DraftUnknown
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.orders.blueprint import orders
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

_NOT_KEPT = {"csrf_token", "_once", "draft", "pasted_lines"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsPage:
    """drafts: (id, draft) each, the newest first"""

    drafts: Sequence[tuple[str, DraftRow]]


@orders.get("/drafts")
@requires(Permission.PLACE_ORDERS)
def drafts() -> ResponseReturnValue:
    with current_work() as work:
        found = my_drafts(work)
    page = DraftsPage(drafts=[(to_text("drf", draft.id), draft) for draft in found])
    return render_template("orders/drafts.html", page=page)


@orders.post("/drafts/<draft_id>")
@requires(Permission.PLACE_ORDERS)
def keep_draft(draft_id: str) -> ResponseReturnValue:
    """Saves what is typed so far; sent again and again, the last one counts. An empty form is not kept."""
    sent = Form.sent()
    content = {
        name: list(texts) for name, texts in sent.values.items() if name not in _NOT_KEPT and any(texts)
    }  # fmt: skip
    lines = sum(1 for text in sent.values_of("sku") if text.strip())
    customer = sent.value("customer").strip()
    message, kept = "", False
    if lines or customer:
        command = SaveDraft(draft_id=id_in("drf", draft_id), content=content, customer=customer, lines=lines)
        try:
            in_current_work(lambda work: save_draft(work, command))
            kept = True
        except DomainError as error:
            message = said(error.message, error.facts)
    return render_template("orders/_draft.html", draft=draft_id, kept=kept, message=message)


@orders.post("/drafts/<draft_id>/discard")
@requires(Permission.PLACE_ORDERS)
def discard(draft_id: str) -> ResponseReturnValue:
    def run(work: Work) -> tuple[str, str]:
        if not discard_draft(work, id_in("drf", draft_id)):
            raise DraftUnknown()
        return _("The draft is discarded."), url_for("orders.drafts")

    return run_once(run)
