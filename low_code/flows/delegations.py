"""Who is asked in somebody's place while he is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from low_code.flows.errors import DelegationBackwards, DelegationToSelf, DelegationUnknown, TransferTargetUnfit
from tenants.access.audit import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """starts_on, ends_on: the company's days, both included; flow_key: only for this flow, None for all"""

    from_id: UUID
    to_id: UUID
    starts_on: date
    ends_on: date
    flow_key: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRow:
    id: UUID
    from_id: UUID
    from_name: str
    to_id: UUID
    to_name: str
    flow_key: str | None
    starts_on: date
    ends_on: date
    reason: str
    created_at: datetime


def delegate(work: Work, command: Delegate) -> UUID:
    """From the next task on, whoever is asked is `to_id`; what is open stays where it is. The delegation's id.

    raises  DelegationToSelf, DelegationBackwards, TransferTargetUnfit where `to_id` is no active member of staff
    """
    if command.from_id == command.to_id:
        raise DelegationToSelf()
    if command.ends_on < command.starts_on:
        raise DelegationBackwards()
    found = work.rows(
        "SELECT id FROM users WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND active AND kind = 'staff'",
        {"tenant": work.tenant_id, "ids": [command.from_id, command.to_id]},
    )
    if len(found) != 2:
        raise TransferTargetUnfit(to=str(command.to_id))
    delegation_id = new_id()
    work.execute(
        "INSERT INTO approval_delegations (tenant_id, id, from_id, to_id, flow_key, starts_on, ends_on, reason,"
        " created_by, created_at) VALUES (%(tenant)s, %(id)s, %(from_id)s, %(to_id)s, %(flow_key)s, %(starts_on)s,"
        " %(ends_on)s, %(reason)s, %(by)s, %(now)s)",
        {
            "tenant": work.tenant_id,
            "id": delegation_id,
            "from_id": command.from_id,
            "to_id": command.to_id,
            "flow_key": command.flow_key,
            "starts_on": command.starts_on,
            "ends_on": command.ends_on,
            "reason": command.reason[:500],
            "by": work.actor.id,
            "now": work.now,
        },
    )
    told = {
        "from": (None, to_text("usr", command.from_id)),
        "to": (None, to_text("usr", command.to_id)),
        "days": (None, f"{command.starts_on} – {command.ends_on}"),
        "flow": (None, command.flow_key),
    }
    audit(work, "delegation.create", "delegation", to_text("dlg", delegation_id), told)
    return delegation_id


def revoke_delegation(work: Work, delegation_id: UUID, *, from_id: UUID | None = None) -> None:
    """Ends it at once. from_id: only one of this person's.

    raises  DelegationUnknown
    """
    done = work.execute(
        "UPDATE approval_delegations SET revoked_at = %(now)s WHERE tenant_id = %(tenant)s AND id = %(id)s"
        " AND revoked_at IS NULL AND (%(from_id)s::uuid IS NULL OR from_id = %(from_id)s)",
        {"now": work.now, "tenant": work.tenant_id, "id": delegation_id, "from_id": from_id},
    )
    if not done:
        raise DelegationUnknown()
    audit(work, "delegation.revoke", "delegation", to_text("dlg", delegation_id))


def list_delegations(work: Work, *, from_id: UUID | None = None) -> list[DelegationRow]:
    """Those that are in force or will be, soonest first; of one person, or of all."""
    rows = work.mappings(
        "SELECT d.id, d.from_id, f.name AS from_name, d.to_id, t.name AS to_name, d.flow_key, d.starts_on, d.ends_on,"
        " d.reason, d.created_at FROM approval_delegations d"
        " JOIN users f ON f.tenant_id = d.tenant_id AND f.id = d.from_id"
        " JOIN users t ON t.tenant_id = d.tenant_id AND t.id = d.to_id"
        " WHERE d.tenant_id = %(tenant)s AND d.revoked_at IS NULL AND d.ends_on >= %(today)s"
        " AND (%(from_id)s::uuid IS NULL OR d.from_id = %(from_id)s) ORDER BY d.starts_on, d.id LIMIT 500",
        {"tenant": work.tenant_id, "today": work.today, "from_id": from_id},
    )
    return [DelegationRow(**row) for row in rows]
