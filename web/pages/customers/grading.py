"""Who would get another grade by the rules in force, and the button that gives it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _
from kernel.ids import to_text
from oms.customer_grading.apply_grading import apply_grading, has_grading, preview_grading
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.run_once import run_once

_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingPage:
    """ready  whether there are rules
    rows   (change, url of the customer, turnover of 365 days) each, the first of `changing`
    """

    ready: bool
    changing: int
    rows: list[tuple[Any, str, Decimal]]
    currency: str


@customers.get("/grading")
@requires(Permission.GRADE_CUSTOMERS)
def grading() -> ResponseReturnValue:
    with current_work() as work:
        ready = has_grading(work)
        seen = preview_grading(work, limit=_LIMIT) if ready else None
        currency = work.tenant.currency
    page = GradingPage(
        ready=ready, changing=seen.changing if seen else 0,
        rows=[_shown(row) for row in (seen.rows if seen else ())],
        currency=currency,
    )  # fmt: skip
    return render_template("customers/grading.html", page=page)


def _shown(row: Any) -> tuple[Any, str, Decimal]:
    url = url_for("customers.show", customer_id=to_text("cus", row.id))
    return row, url, Decimal(str(row.figures["net_365"]))


@customers.post("/grading")
@requires(Permission.GRADE_CUSTOMERS)
def grade_now() -> ResponseReturnValue:
    def grade(work: Work) -> tuple[str, str]:
        done = apply_grading(work)
        return _("{count} customers were graded anew.", count=done.changed), url_for("customers.grading")

    return run_once(grade)
