"""How soon holds should be looked at, counted in the company's business time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kernel.db import Work
from kernel.ids import new_id
from low_code.documents.compiled import configuration
from low_code.flows.business_time import USUAL, BusinessCalendar, Duration, due_at
from low_code.kinds.approval_flow.compile import USUAL_CALENDAR
from oms.review.errors import HoursUnfit
from tenants.access.audit import audit

# What holds until a company says otherwise, in hours of work.
USUAL_HOURS: Mapping[str, int] = {
    "credit": 8, "review": 4, "approval": 16, "address": 4, "stock": 24, "payment": 24, "manual": 8,
}  # fmt: skip
_LOOKED_BACK = timedelta(days=800)
_PUT = """
INSERT INTO review_services (tenant_id, id, hold_type, hours) VALUES (%(tenant)s, %(id)s, %(type)s, %(hours)s)
ON CONFLICT (tenant_id, hold_type) DO UPDATE SET hours = excluded.hours WHERE review_services.hours <> excluded.hours
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTimes:
    """hours: hold type -> hours of work"""

    hours: Mapping[str, int]
    calendar: BusinessCalendar
    zone: ZoneInfo

    def due(self, hold_type: str, placed_at: datetime) -> datetime:
        """When a hold of this type that was placed then should have been looked at."""
        return due_at(placed_at, self._duration(hold_type), self.calendar, self.zone)

    def overdue_before(self, hold_type: str, now: datetime) -> datetime:
        """Holds placed at this instant or before are overdue now. To the minute: `due` grows with the start."""
        low, high = now - _LOOKED_BACK, now
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) / 2
            if self.due(hold_type, middle) <= now:
                low = middle
            else:
                high = middle
        return low

    def _duration(self, hold_type: str) -> Duration:
        return Duration(0, 0, timedelta(hours=self.hours.get(hold_type, USUAL_HOURS.get(hold_type, 8))))


def read_service_times(work: Work) -> ServiceTimes:
    documents = configuration(work)
    known = documents.body("calendar", USUAL_CALENDAR) is not None
    calendar: BusinessCalendar = documents.compiled("calendar", USUAL_CALENDAR) if known else USUAL
    rows = work.rows(
        "SELECT hold_type, hours FROM review_services WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
    )
    own = {row.hold_type: row.hours for row in rows}
    return ServiceTimes(hours={**USUAL_HOURS, **own}, calendar=calendar, zone=ZoneInfo(work.tenant.zone))


def save_service_times(work: Work, hours: Mapping[str, int]) -> None:
    """hours  hold type -> hours of work; types that are left out stay. Raises HoursUnfit"""
    if any(kind not in USUAL_HOURS or not 1 <= value <= 1000 for kind, value in hours.items()):
        raise HoursUnfit()
    before = read_service_times(work).hours
    for kind, value in sorted(hours.items()):
        work.execute(_PUT, {"tenant": work.tenant_id, "id": new_id(), "type": kind, "hours": value})
    changed = {kind: (str(before[kind]), str(value)) for kind, value in hours.items() if before[kind] != value}
    if changed:
        audit(work, "review.service_times", "review_services", "", changed)
