"""A credit policy as a form, there and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, cast

from kernel.i18n import N_, _
from oms.credit.policy import BUCKETS, CHECK_POINTS, Policy
from oms.credit.save_policy import LIMITED_BUCKETS, NOT_A_SHARE
from web.http.forms import Form
from web.pages.amounts import typed_amount
from web.pages.words import CREDIT_BUCKETS

POINTS = {
    "confirm": N_("When an order is placed"),
    "release": N_("When an order is released from its last hold"),
    "ship": N_("When it is shipped"),
    "invoice": N_("When it is invoiced and not yet delivered"),
}
ACTIONS = {
    "order_type": N_("As the order type says"),
    "ignore": N_("Do not check"),
    "warn": N_("Warn"),
    "hold": N_("Put on hold"),
    "block": N_("Refuse the order"),
}
CROSSING = {
    "stop": N_("Stop the order that would cross the limit"),
    "allow": N_("Let the crossing order pass, stop the next"),
}
NOT_DAYS = N_("Write a number of days, such as 14.")


class PolicyWords:
    """What the fields of a policy are called; handed to the template."""

    POINTS, ACTIONS, CROSSING = POINTS, ACTIONS, CROSSING

    @staticmethod
    def options(words: dict[str, str], without: str = "") -> list[tuple[str, str]]:
        return [(key, _(label)) for key, label in words.items() if key != without]

    @staticmethod
    def bucket_options() -> list[tuple[str, str]]:
        return [(key, _(CREDIT_BUCKETS[key])) for key in BUCKETS]

    @staticmethod
    def limited_buckets() -> list[tuple[str, str]]:
        return [(key, _(CREDIT_BUCKETS[key])) for key in LIMITED_BUCKETS]


def policy_form(policy: Policy) -> Form:
    limits = {f"limit_{name}": _text(policy.limits.get(name)) for name in LIMITED_BUCKETS}
    points = {f"at_{point}": policy.at.get(point, "ignore") for point in CHECK_POINTS}
    return Form.of(
        counts=sorted(policy.counts), overdue_days="" if policy.overdue_days is None else str(policy.overdue_days),
        overdue_amount=_text(policy.overdue_amount), crossing=policy.crossing,
        warn_percent=str(int(policy.warn_share * 100)), default_limit=_text(policy.default_limit), **limits, **points,
    )  # fmt: skip


def typed_policy(sent: Form) -> Policy:
    """What the form says; faults go to it."""
    percent = _whole(sent, "warn_percent", NOT_A_SHARE) or 80
    return Policy(
        counts=frozenset(sent.values_of("counts")),
        limits={
            name: limit for name in LIMITED_BUCKETS if (limit := _optional(sent, f"limit_{name}")) is not None
        },
        overdue_days=_whole(sent, "overdue_days", NOT_DAYS),
        overdue_amount=_optional(sent, "overdue_amount") or Decimal(0),
        at={point: sent.value(f"at_{point}", "ignore") for point in CHECK_POINTS},
        crossing=cast(Literal["stop", "allow"], sent.value("crossing", "stop")),
        warn_share=Decimal(percent) / 100,
        default_limit=_optional(sent, "default_limit"),
    )  # fmt: skip


def _optional(sent: Form, name: str) -> Decimal | None:
    return typed_amount(sent, name) if sent.value(name).strip() else None


def _whole(sent: Form, name: str, sentence: str) -> int | None:
    text = sent.value(name).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        sent.refuse_field(name, _(sentence))
        return None
    return int(text)


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"
