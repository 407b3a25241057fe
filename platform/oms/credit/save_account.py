"""Creates a credit account, or changes its limit, by its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from oms.credit.errors import AmountInvalid

_SAVE = """
INSERT INTO credit_accounts AS a
  (tenant_id, id, number, name, currency, credit_limit, raised_limit, raised_until, blocked)
VALUES (%(tenant)s, %(id)s, %(number)s, %(name)s, %(currency)s, %(credit_limit)s, %(raised_limit)s, %(raised_until)s,
  %(blocked)s)
ON CONFLICT (tenant_id, number) DO UPDATE SET name = excluded.name, credit_limit = excluded.credit_limit,
  raised_limit = excluded.raised_limit, raised_until = excluded.raised_until, blocked = excluded.blocked
RETURNING a.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAccount:
    """raised_limit holds instead of credit_limit until raised_until, inclusive. The currency never changes."""

    number: str
    name: str
    currency: str
    credit_limit: Decimal
    raised_limit: Decimal | None = None
    raised_until: date | None = None
    blocked: bool = False


def save_account(work: Work, command: SaveAccount) -> UUID:
    """The account's id. Raises AmountInvalid for a negative limit."""
    if command.credit_limit < 0 or (command.raised_limit is not None and command.raised_limit < 0):
        raise AmountInvalid()
    found = work.scalar(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "number": command.number, "name": command.name,
            "currency": command.currency, "credit_limit": command.credit_limit,
            "raised_limit": command.raised_limit, "raised_until": command.raised_until, "blocked": command.blocked,
        },
    )  # fmt: skip
    return UUID(str(found))
