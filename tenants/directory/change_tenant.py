"""Changes what a company says about itself: name, time zone, currency, language."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import LOCALES
from tenants.access.audit import audit, difference
from tenants.access.create_role import NAME_MISSING
from tenants.directory.create_tenant import check_currency, check_zone
from tenants.directory.ids import tenant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTenant:
    """zone      decides business days from now on; days that are already written stay
    currency  of what is made from now on; documents keep theirs
    locale    of documents and mails
    """

    name: str
    zone: str
    currency: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantChanged:
    changed: tuple[str, ...]


def change_tenant(work: Work, command: ChangeTenant) -> TenantChanged:
    """raises Invalid (no name), ZoneUnknown, CurrencyUnknown"""
    assert command.locale in LOCALES
    if not command.name.strip():
        raise Invalid(problems=[Problem(pointer="/name", code="name_missing", message=NAME_MISSING)])
    check_zone(command.zone)
    check_currency(command.currency)
    before = work.mappings(
        "SELECT name, zone, currency, locale FROM tenants WHERE id = %(tenant)s FOR UPDATE",
        {"tenant": work.tenant_id},
    )[0]
    after = {
        "name": command.name.strip(),
        "zone": command.zone,
        "currency": command.currency,
        "locale": command.locale,
    }
    changes = difference(before, after)
    if changes:
        work.execute(
            "UPDATE tenants SET name = %(name)s, zone = %(zone)s, currency = %(currency)s, locale = %(locale)s"
            " WHERE id = %(tenant)s",
            {**after, "tenant": work.tenant_id},
        )
        audit(work, "tenant.change", "tenant", tenant_text(work.tenant_id), changes)
    return TenantChanged(changed=tuple(changes))
