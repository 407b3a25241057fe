"""What a credit policy says: which buckets count, what stops, and what a stop does at each check point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal, cast

CreditPolicy = Literal["ignore", "warn", "hold", "block"]
CheckPoint = Literal["confirm", "release", "ship", "invoice"]
CHECK_POINTS: tuple[CheckPoint, ...] = ("confirm", "release", "ship", "invoice")

# Exposure is their sum, unapplied payments counting against it.
BUCKETS = ("open_orders", "unbilled_shipments", "open_invoices", "overdue", "unapplied_payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One row of `credit_policies`, or what holds where there is none.

    counts          buckets that count to exposure
    limits          bucket -> a limit of its own
    overdue_days    invoices overdue by more days than this stop orders; None: they do not
    overdue_amount  … where they come to more than this
    at              check point -> what a stop does there; "order_type" leaves it to the order type
    crossing        stop: the order that would cross the limit; allow: it passes, and the next is stopped
    warn_share      of the limit, from which on it is said
    default_limit   of accounts without a limit; None: they have none
    """

    counts: frozenset[str] = frozenset(BUCKETS)
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    overdue_days: int | None = None
    overdue_amount: Decimal = Decimal(0)
    at: Mapping[str, str] = field(default_factory=lambda: {"confirm": "order_type"})
    crossing: Literal["stop", "allow"] = "stop"
    warn_share: Decimal = Decimal("0.8")
    default_limit: Decimal | None = None

    def action_at(self, point: CheckPoint, of_order_type: CreditPolicy) -> CreditPolicy:
        """What a stop does at this point. Only `confirm` may be left to the order type."""
        said = self.at.get(point, "ignore")
        return of_order_type if said == "order_type" else cast(CreditPolicy, said)


STANDARD = Policy()


def policy_from_row(row: Mapping[str, Any] | None) -> Policy:
    """The policy as a row or its JSON has it; None is the standard one."""
    if row is None:
        return STANDARD
    limited = [name for name in BUCKETS if row.get(f"limit_{name}") is not None]
    return Policy(
        counts=frozenset(name for name in BUCKETS if row[f"count_{name}"]),
        limits={name: Decimal(row[f"limit_{name}"]) for name in limited},
        overdue_days=row["overdue_days"],
        overdue_amount=Decimal(row["overdue_amount"]),
        at={point: row[f"at_{point}"] for point in CHECK_POINTS},
        crossing=row["crossing"],
        warn_share=Decimal(row["warn_percent"]) / 100,
        default_limit=None if row["default_limit"] is None else Decimal(row["default_limit"]),
    )


def plain_policy(policy: Policy) -> dict[str, Any]:
    """As JSON values, for the decision log and the audit log."""
    return {one.name: _plain(getattr(policy, one.name)) for one in fields(policy)}


def policy_from_plain(stored: Mapping[str, Any] | None) -> Policy:
    """What `plain_policy` wrote down; None is the standard policy."""
    if stored is None:
        return STANDARD
    return Policy(
        counts=frozenset(stored["counts"]),
        limits={name: Decimal(limit) for name, limit in stored["limits"].items()},
        overdue_days=stored["overdue_days"],
        overdue_amount=Decimal(stored["overdue_amount"]),
        at=dict(stored["at"]),
        crossing=stored["crossing"],
        warn_share=Decimal(stored["warn_share"]),
        default_limit=None if stored["default_limit"] is None else Decimal(stored["default_limit"]),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
