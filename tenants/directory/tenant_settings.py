"""What a tenant decides once for all its orders. Kept in `tenants.settings`; what is not set has these defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from kernel.db import Work
from kernel.db.json import dumps
from kernel.money import RoundingMode
from tenants.access.audit import audit, difference
from tenants.directory.ids import tenant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """rounding       how a half cent is rounded
    round_per      line: each line's amount is rounded, then summed; unit: the unit price is rounded first
    tax_inclusive  whether prices contain tax unless the order type says else
    four_eyes      whether a second person has to agree to each release of the configuration
    reservation_minutes  how long a reservation lives unless it says else, 1 to 129,600
    expiry_warning_days  a lot that expires within so many days is shown among the alerts of stock
    stale_days           so is stock of which nothing left for so long
    sandbox        id of the tenant that this one tries its configuration in; None: it has none
    sandbox_of     id of the tenant whose sandbox this one is; None: it is none
    """

    rounding: RoundingMode = RoundingMode.HALF_UP
    round_per: Literal["line", "unit"] = "line"
    tax_inclusive: bool = False
    four_eyes: bool = False
    reservation_minutes: int = 10
    expiry_warning_days: int = 30
    stale_days: int = 180
    sandbox: str | None = None
    sandbox_of: str | None = None

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> TenantSettings:
        """Unknown keys are left out: an older version may read what a newer one wrote."""
        known = {field.name for field in fields(TenantSettings)}
        values = {name: value for name, value in stored.items() if name in known}
        if "rounding" in values:
            values["rounding"] = RoundingMode(values["rounding"])
        return TenantSettings(**values)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "rounding": self.rounding.value}


def tenant_settings(work: Work) -> TenantSettings:
    stored = work.scalar("SELECT settings FROM tenants WHERE id = %(tenant)s", {"tenant": work.tenant_id})
    return TenantSettings.from_json(stored or {})


def set_four_eyes(work: Work, wanted: bool) -> None:
    """Whether a second person has to agree to each release from now on."""
    before = tenant_settings(work).four_eyes
    if before == wanted:
        return
    work.execute(
        "UPDATE tenants SET settings = settings || jsonb_build_object('four_eyes', %(wanted)s::boolean)"
        " WHERE id = %(tenant)s",
        {"tenant": work.tenant_id, "wanted": wanted},
    )
    audit(work, "tenant.change", "tenant", tenant_text(work.tenant_id), {"four_eyes": (before, wanted)})


def set_stock_settings(work: Work, *, reservation_minutes: int, expiry_warning_days: int, stale_days: int) -> None:
    """All within their bounds; the caller has checked them."""
    known = tenant_settings(work)
    after = {
        "reservation_minutes": reservation_minutes,
        "expiry_warning_days": expiry_warning_days,
        "stale_days": stale_days,
    }
    changes = difference({name: getattr(known, name) for name in after}, after)
    if changes:
        work.execute(
            "UPDATE tenants SET settings = settings || %(after)s::jsonb WHERE id = %(tenant)s",
            {"tenant": work.tenant_id, "after": dumps(after)},
        )
        audit(work, "tenant.change", "tenant", tenant_text(work.tenant_id), changes)
