"""Which credit account stays, and which of the loser's facts the winner takes over: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.credit.policy import BUCKETS
from oms.credit.position import CreditPosition
from oms.customer_merging.errors import CreditAccountNotTheirs, CreditAccountsDiffer, CreditCurrenciesDiffer

# What a person chooses from side by side; tags of both are kept.
FIELDS = (
    "name", "kind", "email", "phone", "tax_number", "country", "group_id", "sales_rep_id", "payment_terms_days",
    "terms_end_of_month", "prepay_percent", "min_remaining_days",
)  # fmt: skip


def choose_account(
    winner: CreditPosition | None, loser: CreditPosition | None, chosen: UUID | None
) -> CreditPosition | None:
    """The account that stays: the chosen one, the only one, or the only one that holds a balance.

    raises  CreditAccountNotTheirs, CreditAccountsDiffer, CreditCurrenciesDiffer
    """
    both = [account for account in (winner, loser) if account is not None]
    if chosen is not None and chosen not in {account.id for account in both}:
        raise CreditAccountNotTheirs(account=str(chosen))
    if not both or len({account.id for account in both}) == 1:
        return both[0] if both else None
    filled = [account for account in both if _holds_something(account)]
    if len(filled) == len(both):
        if both[0].currency != both[1].currency:
            raise CreditCurrenciesDiffer(one=both[0].number, other=both[1].number)
        if chosen is None:
            raise CreditAccountsDiffer(one=both[0].number, other=both[1].number)
    keeps = next((account for account in both if account.id == chosen), filled[0] if filled else both[0])
    leaves = next(account for account in both if account.id != keeps.id)
    if _holds_something(leaves) and leaves.currency != keeps.currency:
        raise CreditCurrenciesDiffer(one=keeps.number, other=leaves.number)
    return keeps


def taken_over(winner: Mapping[str, Any], loser: Mapping[str, Any], take: Sequence[str]) -> dict[str, Any]:
    """column -> the winner's new value: what was chosen from the loser, and all tags of both."""
    assert set(take) <= set(FIELDS)
    changed = {name: loser[name] for name in take if loser[name] != winner[name]}
    tags = [*winner["tags"], *(tag for tag in loser["tags"] if tag not in winner["tags"])]
    return changed | ({"tags": tags} if tags != winner["tags"] else {})


def _holds_something(account: CreditPosition) -> bool:
    return any(getattr(account, bucket) != Decimal(0) for bucket in BUCKETS)
