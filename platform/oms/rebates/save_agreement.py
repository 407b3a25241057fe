"""Makes or changes a rebate agreement by its key, with its tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.rebates.errors import AgreementValidityInverted, PartyUnknown, TiersInvalid
from oms.rebates.plan import Tier
from tenants.access.audit import audit

_PARTY = """
SELECT (SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = %(customer)s) AS customer_id,
  (SELECT id FROM customer_groups WHERE tenant_id = %(tenant)s AND key = %(group)s) AS group_id
"""
_SAVE = """
INSERT INTO rebate_agreements AS a (tenant_id, id, key, names, customer_id, group_id, period, currency, valid_from,
  valid_to, active)
VALUES (%(tenant)s, %(id)s, %(key)s, %(names)s::jsonb, %(customer_id)s, %(group_id)s, %(period)s, %(currency)s,
  %(valid_from)s, %(valid_to)s, %(active)s)
ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names, customer_id = excluded.customer_id,
  group_id = excluded.group_id, period = excluded.period, currency = excluded.currency,
  valid_from = excluded.valid_from, valid_to = excluded.valid_to, active = excluded.active
RETURNING a.id
"""
_FORGET = "DELETE FROM rebate_tiers WHERE tenant_id = %(tenant)s AND agreement_id = %(agreement)s"
_TIERS = """
INSERT INTO rebate_tiers (tenant_id, id, agreement_id, from_turnover, percent)
SELECT %(tenant)s, new_id(), %(agreement)s, x.at, x.percent
FROM unnest(%(from)s::numeric[], %(percent)s::numeric[]) AS x (at, percent)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAgreement:
    """customer or group  number or key of the one party; with a group each of its customers has his own turnover
    tiers              at least one
    """

    key: str
    names: Mapping[str, str]
    period: str
    currency: str
    valid_from: date
    tiers: tuple[Tier, ...]
    customer: str | None = None
    group: str | None = None
    valid_to: date | None = None
    active: bool = True


def save_agreement(work: Work, command: SaveAgreement) -> UUID:
    """Raises PartyUnknown, TiersInvalid, AgreementValidityInverted."""
    _check(command)
    parameters = {"tenant": work.tenant_id, "customer": command.customer, "group": command.group}
    party = work.row(_PARTY, parameters)
    assert party is not None
    if (party.customer_id is None) == (party.group_id is None):
        raise PartyUnknown()
    if party.customer_id is not None and not work.actor.may_see("customer", party.customer_id):
        raise PartyUnknown()
    agreement: UUID = work.scalar(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "key": command.key, "names": dumps(dict(command.names)),
            "customer_id": party.customer_id, "group_id": party.group_id, "period": command.period,
            "currency": command.currency, "valid_from": command.valid_from, "valid_to": command.valid_to,
            "active": command.active,
        },
    )  # fmt: skip
    ids = {"tenant": work.tenant_id, "agreement": agreement}
    work.execute(_FORGET, ids)
    tiers = {"from": [tier.from_turnover for tier in command.tiers], "percent": [t.percent for t in command.tiers]}
    work.execute(_TIERS, {**ids, **tiers})
    audit(work, "rebate.save", "rebate", command.key, {"tiers": (None, len(command.tiers))})
    return agreement


def _check(command: SaveAgreement) -> None:
    turnovers = [tier.from_turnover for tier in command.tiers]
    sane = all(0 <= tier.from_turnover < Decimal(10) ** 15 and 0 <= tier.percent <= 100 for tier in command.tiers)
    if not turnovers or len(set(turnovers)) != len(turnovers) or not sane:
        raise TiersInvalid()
    if command.valid_to is not None and command.valid_to <= command.valid_from:
        raise AgreementValidityInverted()
