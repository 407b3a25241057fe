"""Service times: within how many hours of work somebody should look at each type of hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _
from oms.review.errors import HoursUnfit
from oms.review.service_times import USUAL_HOURS, read_service_times, save_service_times
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work
from web.pages.review.blueprint import review
from web.pages.run_once import run_once
from web.pages.words import HOLD, word


@dataclass(slots=True, kw_only=True)
class ServicesPage:
    """types: (hold type, label) each"""

    form: Form
    types: Sequence[tuple[str, str]]


@review.get("/services")
@requires(Permission.EDIT_SETTINGS)
def services() -> ResponseReturnValue:
    with current_work() as work:
        hours = read_service_times(work).hours
    return _render(Form.of(**{kind: str(hours[kind]) for kind in USUAL_HOURS}))


@review.post("/services")
@requires(Permission.EDIT_SETTINGS)
def store_services() -> ResponseReturnValue:
    sent = Form.sent()
    hours: dict[str, int] = {}
    for kind in USUAL_HOURS:
        text = sent.value(kind).strip()
        if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= 1000:
            sent.refuse_field(kind, said(HoursUnfit.message, {}))
        else:
            hours[kind] = int(text)
    if sent.refused:
        sent.status = 422
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        save_service_times(work, hours)
        return _("The service times are saved."), url_for("review.index")

    return run_once(run)


def _render(form: Form) -> ResponseReturnValue:
    page = ServicesPage(form=form, types=[(kind, str(word(HOLD, kind))) for kind in USUAL_HOURS])
    return render_template("review/services.html", page=page), form.status
