"""Creates a credit account, or changes its limit and its place below another, by its number."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.credit.book_exposure import book_exposure
from oms.credit.errors import AccountNotFound, CurrencyFixed, LimitNegative, ParentUnfit
from oms.credit.lock_account import lock_accounts
from oms.credit.policy import BUCKETS
from oms.credit.position import CreditPosition
from tenants.access.audit import audit, difference

_FIND = """
SELECT id, currency, parent_id FROM credit_accounts WHERE tenant_id = %(tenant)s AND number = %(number)s
"""
_INSERT = """
INSERT INTO credit_accounts (tenant_id, id, number, name, currency, credit_limit, blocked)
VALUES (%(tenant)s, %(id)s, %(number)s, %(name)s, %(currency)s, %(credit_limit)s, false)
ON CONFLICT (tenant_id, number) DO NOTHING
"""
_BEFORE = """
SELECT a.name, a.credit_limit, a.blocked, p.number AS parent FROM credit_accounts a
LEFT JOIN credit_accounts p ON p.tenant_id = a.tenant_id AND p.id = a.parent_id
WHERE a.tenant_id = %(tenant)s AND a.id = %(id)s
"""
_UPDATE = """
UPDATE credit_accounts SET name = %(name)s, credit_limit = %(credit_limit)s, blocked = %(blocked)s,
  parent_id = %(parent)s
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
CIRCLE, OTHER_CURRENCY = N_("it would be above itself"), N_("they are kept in different currencies")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAccount:
    """credit_limit  None: that of the customers' group, or else the company's default
    parent        number of the account above; None: it stands alone
    currency      never changes once the account is there
    """

    number: str
    name: str
    currency: str
    credit_limit: Decimal | None
    parent: str | None = None
    blocked: bool = False


def save_account(work: Work, command: SaveAccount) -> UUID:
    """The account's id. Raises LimitNegative, CurrencyFixed, AccountNotFound (the parent), ParentUnfit.

    An account that gets another place takes its exposure along: the accounts above it are booked.
    """
    if command.credit_limit is not None and command.credit_limit < 0:
        raise LimitNegative()
    parameters = {
        "tenant": work.tenant_id, "id": new_id(), "number": command.number, "name": command.name,
        "currency": command.currency, "credit_limit": command.credit_limit, "blocked": command.blocked,
    }  # fmt: skip
    made = work.execute(_INSERT, parameters)
    found = work.row(_FIND, parameters)
    assert found is not None
    if found.currency != command.currency:
        raise CurrencyFixed(account=command.number, currency=found.currency)
    parent = _parent(work, command.parent)
    locked = lock_accounts(work, {found.id} | ({parent} if parent else set()))
    if parent is not None:
        _check_parent(locked[parent], found.id, command)
    before = work.row(_BEFORE, {"tenant": work.tenant_id, "id": found.id})
    own = locked[found.id]
    if own.above and own.above[0].id != parent:
        _carry(work, own, own.above[0].id, -1)
    work.execute(_UPDATE, {**parameters, "id": found.id, "parent": parent})
    if parent is not None and (not own.above or own.above[0].id != parent):
        _carry(work, own, parent, 1)
    changes = difference({} if made else _plain(before), _plain(command))
    if changes:
        action = "credit.create_account" if made else "credit.change_account"
        audit(work, action, "credit_account", to_text("acc", found.id), changes)
    return UUID(str(found.id))


def _parent(work: Work, number: str | None) -> UUID | None:
    if number is None:
        return None
    row = work.row(_FIND, {"tenant": work.tenant_id, "number": number})
    if row is None:
        raise AccountNotFound()
    return UUID(str(row.id))


def _check_parent(parent: CreditPosition, account_id: UUID, command: SaveAccount) -> None:
    if account_id in parent.chain:
        raise ParentUnfit(parent=parent.number, account=command.number, why=CIRCLE)
    if parent.currency != command.currency:
        raise ParentUnfit(parent=parent.number, account=command.number, why=OTHER_CURRENCY)


def _carry(work: Work, own: CreditPosition, above: UUID, sign: int) -> None:
    """Books the account's exposure on `above` and what is above that, or takes it away."""
    for bucket in BUCKETS:
        book_exposure(work, above, bucket, sign * getattr(own, bucket), cause="account_moved")


def _plain(account: Any) -> dict[str, Any]:
    limit = account.credit_limit
    return {
        "name": account.name,
        "credit_limit": None if limit is None else f"{limit.normalize():f}",
        "parent": account.parent,
        "blocked": account.blocked,
    }
