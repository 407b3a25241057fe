"""Mails buyers the questions about what they wait for."""

from __future__ import annotations

from kernel.db import Work
from kernel.i18n import N_, translate
from kernel.ids import from_text
from kernel.jobs import consumes
from kernel.outbox import Delivery
from oms.backorders.ask_buyer import Question, read_question
from oms.backorders.link import address_of
from oms.notifications.mail_once import mail_once

_CUSTOMER = """
SELECT c.name, c.email FROM orders o JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
"""
SUBJECT = N_("Order {number}: some of it is not there yet")
BODY = N_(
    "Hello {name},\n\nof your order {number} something is not there yet. Please say whether you wait, take something"
    " else, or cancel it:\n\n{lines}\n\n{company}"
)
LINE_WITH_DAY = N_("{units} {unit} {sku} {product}, expected on {day}\n{link}")
LINE = N_("{units} {unit} {sku} {product}\n{link}")


@consumes("order.backorder_asked", name="backorders.mail_question", queue="mail")
def mail_question(work: Work, delivery: Delivery) -> None:
    """One mail with a link for each line; a question that was answered in the meantime is left out."""
    order_id = from_text("ord", delivery.payload["order_id"])
    buyer = work.row(_CUSTOMER, {"tenant": work.tenant_id, "order": order_id})
    found = [read_question(work, one) for text in delivery.payload["questions"] if (one := from_text("bqu", text))]
    asked = [one for one in found if one is not None and one.still_waits]
    if buyer is None or not buyer.email or not asked or order_id is None:
        return
    facts = {
        "name": buyer.name, "number": delivery.payload["number"], "company": work.tenant.name,
        "lines": "\n\n".join(_line(work, one) for one in asked),
    }  # fmt: skip
    subject, body = (translate(text, work.tenant.locale, facts) for text in (SUBJECT, BODY))
    mail_once(work, delivery, order_id=order_id, recipient=buyer.email, subject=subject, body=body)


def _line(work: Work, asked: Question) -> str:
    facts = {
        "units": f"{asked.units.normalize():f}", "unit": asked.base_unit, "sku": asked.sku, "product": asked.name,
        "day": asked.expected_on.isoformat() if asked.expected_on else "",
        "link": address_of(work.tenant.slug, work.tenant_id, asked.id),
    }  # fmt: skip
    return translate(LINE_WITH_DAY if asked.expected_on else LINE, work.tenant.locale, facts)
