"""A promotion as a frozen value; the domain reckons what it takes off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from low_code.expressions import Evaluate, compile_closure
from low_code.expressions.explain import Explain, explainer
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a set: units of the lines that `holds` picks."""

    id: str
    holds: Evaluate
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """do       percent, amount, fixed_price, buy_get, bundle or waive
    value    percent, an amount, or a price of one unit
    each     an amount is taken off each unit, not off all lines together
    buy, get, percent, cheaper   of buy_get; cheaper picks the lines that get cheaper, None: those bought
    parts, price  of a set
    most     how often it may apply; None: as often as it fits
    charge   the kind of charge that is waived
    """

    do: str
    value: Decimal = Decimal(0)
    each: bool = False
    buy: Decimal = Decimal(0)
    get: Decimal = Decimal(0)
    percent: Decimal = Decimal(100)
    cheaper: Evaluate | None = None
    parts: tuple[Part, ...] = ()
    price: Decimal = Decimal(0)
    most: int | None = None
    charge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """names       by language; what the buyer is told
    holds       the condition on the whole subject; None: always. explain: why it held or not
    picks       the condition on each line; None: all
    from_, to   days, the second exclusive; None: open
    currency    only in it; None: in any
    coupon      only with a code
    group       of a group only the one that takes most off applies
    exclusive   applies alone or not at all
    most_amount, most_uses, most_per_customer   limits; None: none
    """

    key: str
    names: Mapping[str, str]
    effect: Effect
    holds: Evaluate | None
    explain: Explain | None
    picks: Evaluate | None
    from_: date | None
    to: date | None
    currency: str | None
    coupon: bool
    priority: int
    group: str | None
    exclusive: bool
    most_amount: Decimal | None
    most_uses: int | None
    most_per_customer: int | None
    document: DocumentUsed

    @property
    def source(self) -> str:
        return f"promotion/{self.key}"

    @property
    def is_limited(self) -> bool:
        """Whether something must be counted."""
        return self.coupon or not (
            self.most_amount is None and self.most_uses is None and self.most_per_customer is None
        )

    def is_valid_on(self, day: date) -> bool:
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day < self.to)


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> Promotion | None:
    """None where it is not in use."""
    if not body.get("enabled", True):
        return None
    checked = None
    if "when" in body:
        subject = configuration.subject(configuration.registry.kind_subjects["promotion"])
        checked = checked_expression(body["when"], subject)
    budget = body.get("budget", {})
    return Promotion(
        key=key,
        names=body["name"],
        effect=_effect(body["effect"], configuration),
        holds=compile_closure(checked) if checked else None,
        explain=explainer(checked) if checked else None,
        picks=_on_lines(body["lines"], configuration) if "lines" in body else None,
        from_=date.fromisoformat(body["from"]) if "from" in body else None,
        to=date.fromisoformat(body["to"]) if "to" in body else None,
        currency=body.get("currency"),
        coupon=body.get("coupon", False),
        priority=body.get("priority", 0),
        group=body.get("group"),
        exclusive=body.get("exclusive", False),
        most_amount=Decimal(budget["amount"]) if "amount" in budget else None,
        most_uses=budget.get("uses"),
        most_per_customer=budget.get("per_customer"),
        document=configuration.document_used("promotion", key),
    )


def _effect(effect: Mapping[str, Any], configuration: Configuration) -> Effect:
    return Effect(
        do=effect["do"],
        value=Decimal(effect.get("value", 0)),
        each=effect.get("each", False),
        buy=Decimal(effect.get("buy", 0)),
        get=Decimal(effect.get("get", 0)),
        percent=Decimal(effect.get("percent", 100)),
        cheaper=_on_lines(effect["of"], configuration) if "of" in effect else None,
        parts=tuple(
            Part(id=part["id"], holds=_on_lines(part["lines"], configuration), quantity=Decimal(part["quantity"]))
            for part in effect.get("parts", ())
        ),
        price=Decimal(effect.get("price", 0)),
        most=effect.get("most"),
        charge=effect.get("charge", ""),
    )


def _on_lines(expression: Any, configuration: Configuration) -> Evaluate:
    return compile_closure(checked_expression(expression, configuration.subject("line")))
