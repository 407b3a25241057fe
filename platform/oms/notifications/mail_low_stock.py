"""Tells who plans stock, once a day, which positions fell below their safety stock or to their reorder point."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from kernel.db import Work
from kernel.i18n import N_, translate
from kernel.outbox import Delivery
from oms.notifications.mail_once import mail_once
from tenants.access.permissions import Permission

TOPIC = "stock.low"
_QUIET = timedelta(hours=20)  # at most one mail in so long, so that it comes at about the same hour each day
_LOOKS_BACK = timedelta(days=1)  # for whoever was never told anything
_SHOWN, _MOST = 50, 1_000
_LOW = """
SELECT p.location_id, s.code AS sku, s.name, l.key AS location, l.names AS location_names, p.low_since,
  p.on_hand - p.allocated - p.reserved AS free, p.safety_stock, p.reorder_point
FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
WHERE p.tenant_id = %(tenant)s AND p.low_since IS NOT NULL ORDER BY s.code, l.key LIMIT %(most)s
"""
_PEOPLE = """
SELECT u.name, u.email, u.locale, u.location_scope,
  (SELECT max(n.created_at) FROM notifications n
    WHERE n.tenant_id = %(tenant)s AND n.topic = %(topic)s AND n.recipient = u.email) AS told_at
FROM users u
WHERE u.tenant_id = %(tenant)s AND u.kind = 'staff' AND u.active AND EXISTS (
  SELECT FROM user_roles ur JOIN roles r ON r.tenant_id = %(tenant)s AND r.id = ur.role_id
  WHERE ur.tenant_id = %(tenant)s AND ur.user_id = u.id AND %(permission)s = ANY(r.permissions))
ORDER BY u.id
"""
SUBJECT = N_("Stock runs low: {count} positions")
BODY = N_("Hello {name},\n\nthese fell below their safety stock or to their reorder point:\n\n{rows}\n\n{company}")
BELOW_SAFETY = N_("{sku} {goods}, {location}: {free} left, safety stock {level}")
TO_REORDER = N_("{sku} {goods}, {location}: {free} left, reorder point {level}")
MORE = N_("and {count} more, under Stock, Alerts")


def mail_low_stock(work: Work) -> int:
    """How many mails went out. Each tells what fell low since the reader's last one, within his reach."""
    low = work.rows(_LOW, {"tenant": work.tenant_id, "most": _MOST})
    if not low:
        return 0
    parameters = {"tenant": work.tenant_id, "topic": TOPIC, "permission": Permission.PLAN_STOCK.value}
    sent = 0
    for person in work.rows(_PEOPLE, parameters):
        since: datetime = person.told_at or work.now - _LOOKS_BACK
        if person.told_at is not None and work.now - person.told_at < _QUIET:
            continue
        news = [
            row for row in low
            if row.low_since > since and (person.location_scope is None or row.location_id in person.location_scope)
        ]  # fmt: skip
        if news:
            _send(work, person, news)
            sent += 1
    return sent


def _send(work: Work, person: Any, news: Sequence[Any]) -> None:
    locale = person.locale
    rows = [_told(row, locale) for row in news[:_SHOWN]]
    if len(news) > _SHOWN:
        rows.append(translate(MORE, locale, {"count": len(news) - _SHOWN}))
    event = Delivery(work.tenant_id, uuid5(NAMESPACE_OID, f"{work.tenant_id} {work.now.isoformat()}"), TOPIC, {})
    facts = {"name": person.name, "rows": "\n".join(rows), "company": work.tenant.name, "count": len(news)}
    mail_once(
        work, event, order_id=None, recipient=person.email, subject=translate(SUBJECT, locale, facts),
        body=translate(BODY, locale, facts),
    )  # fmt: skip


def _told(row: Any, locale: str) -> str:
    below = row.safety_stock > 0 and row.free < row.safety_stock
    facts = {
        "sku": row.sku, "goods": row.name, "free": _plain(row.free),
        "location": row.location_names.get(locale) or row.location_names.get("en") or row.location,
        "level": _plain(row.safety_stock if below else row.reorder_point),
    }  # fmt: skip
    return translate(BELOW_SAFETY if below else TO_REORDER, locale, facts)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
