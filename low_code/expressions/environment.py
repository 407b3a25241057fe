"""What an evaluation knows besides the values: the moment, bound once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Environment:
    """The moment of one evaluation; record it beside the decision and the decision can be run again.

    now    aware; kept in UTC
    today  the tenant's business day at `now`. Stored days and zones: see kernel.clock.local_day
    """

    now: datetime
    today: date

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now must carry its offset")
        object.__setattr__(self, "now", self.now.astimezone(UTC))

    def params(self) -> dict[str, datetime | date]:
        """The values of the placeholders that compiled SQL has for the moment."""
        return {"now": self.now, "today": self.today}
