"""The order type in force, with everything that it refers to, as placement reads it.

Compiled documents are kept per release by `low_code.documents`; what is put together from them is kept beside the
release's configuration and goes when that does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from weakref import WeakKeyDictionary

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from low_code.kinds.allocation_rule.compile import AllocationRule
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.numbering.compile import Numbering
from low_code.kinds.order_type.compile import OrderType
from low_code.kinds.review_rules.compile import ReviewRules
from low_code.registry import Configuration, DocumentUnknown
from oms.allocation.policy import AllocationPolicy, BatchCosts
from oms.allocation.queue import DEFAULT_QUEUE, QueueKey
from oms.allocation.rule import Partial, RankedStrategy, SourcingRule
from oms.credit.policy import CreditPolicy
from oms.placement.errors import OrderTypeUnknown
from oms.placement.policy import DuplicatePolicy, FloorPolicy, FreightPolicy, NumberingPolicy, OrderPolicy, ReviewHit
from oms.placement.price_tables import freight_table, price_table
from oms.pricing.amounts import Rounding
from oms.sourcing.choose_places import LocationFilter
from oms.sourcing.freight import FreightRow, FreightTable

_policies: WeakKeyDictionary[Configuration, dict[tuple[str, str], OrderPolicy]] = WeakKeyDictionary()


def policy_for(work: Work, order_type: str, release: int | None = None) -> OrderPolicy:
    """The order type of a release; None is the release in force.

    raises OrderTypeUnknown
    """
    return policy_in(configuration(work, release), order_type, work.tenant.locale)


def policy_in(documents: Configuration, order_type: str, locale: str) -> OrderPolicy:
    """The order type of a configuration, which need not be in force. locale: of reasons for people

    raises OrderTypeUnknown
    """
    kept = _policies.setdefault(documents, {})
    name = (order_type, locale)
    if name not in kept:
        try:
            kept[name] = _build(documents, order_type, documents.release, locale)
        except DocumentUnknown:
            raise OrderTypeUnknown(order_type=order_type) from None
    return kept[name]


def order_types(work: Work, channel: str | None = None) -> dict[str, Mapping[str, str]]:
    """key -> names of the order types in force, or of those that take orders from `channel`."""
    in_force = configuration(work)
    types = {key: cast(OrderType, in_force.compiled("order_type", key)) for key in in_force.keys("order_type")}
    return {key: one.names for key, one in types.items() if channel is None or channel in one.channels}


def _build(documents: Configuration, key: str, release: int, locale: str) -> OrderPolicy:
    order_type: OrderType = documents.compiled("order_type", key)
    checks = "place" in order_type.credit_check_points
    return OrderPolicy(
        key=key,
        release=release,
        names=order_type.names,
        channels=order_type.channels,
        price_source="given" if order_type.price_source == "given" else "lists",
        credit=cast(CreditPolicy, order_type.credit_policy) if checks else "ignore",
        prepay_percent=order_type.prepayment_percent,
        payment_terms_days=order_type.payment_terms_days,
        prices_include_tax=order_type.prices_include_tax,
        rounding=Rounding(level=order_type.rounding_level, mode=order_type.rounding_mode),
        auto_allocate=order_type.auto_allocate,
        approval_flows=order_type.approval_flows,
        numbering=_numbering(documents.compiled("numbering", order_type.numbering)),
        allocation=_allocation(
            documents.compiled("allocation_rule", order_type.allocation_rule),
            order_type.allow_backorder,
            order_type.allocate_days_ahead,
        ),
        review=_review(documents, order_type.review_rules, locale),
        price_tables=tuple(
            price_table(rule, documents.compiled("price_rule", rule)) for rule in order_type.price_rules
        ),
        promotions=tuple(
            promotion
            for promotion in (documents.compiled("promotion", one) for one in order_type.promotions)
            if promotion is not None
        ),
        freight=_freight(documents, order_type),
        on_change="reprice" if order_type.on_change == "reprice" else "keep",
        convert_prices=order_type.convert_prices,
        floor=FloorPolicy(below_list_percent=order_type.floor_percent, hold=order_type.floor_then == "hold")
        if order_type.floor_then
        else None,
        duplicates=_duplicates(order_type),
        buyer_requests=order_type.buyer_requests,
        unknown_buyers=order_type.unknown_buyers,
        order_fields=_fields(documents, "order"),
        line_fields=_fields(documents, "order_line"),
    )


def _numbering(numbering: Numbering) -> NumberingPolicy:
    return NumberingPolicy(
        key=numbering.key,
        gapless=numbering.gapless,
        period_of=numbering.period,
        render=lambda day, number: numbering.render(day, number + numbering.start - 1),
    )


def _duplicates(order_type: OrderType) -> DuplicatePolicy | None:
    found = order_type.duplicates
    if found is None:
        return None
    return DuplicatePolicy(
        window=timedelta(hours=found.window_hours), same=frozenset(found.same), hold=found.then == "hold"
    )


def _freight(documents: Configuration, order_type: OrderType) -> FreightPolicy | None:
    if order_type.freight_table is None:
        return None
    table = freight_table(order_type.freight_table, documents.compiled("decision_table", order_type.freight_table))
    return FreightPolicy(table=table, tax_class=order_type.freight_tax_class, names=order_type.freight_names)


def _allocation(rule: AllocationRule, allow_backorder: bool, days_ahead: int) -> AllocationPolicy:
    on_short = cast(Literal["backorder", "hold", "reject"], rule.on_short)
    if on_short == "backorder" and not allow_backorder:
        on_short = "hold"
    return AllocationPolicy(
        source=f"allocation_rule/{rule.key}",
        rule=SourcingRule(
            strategies=tuple(RankedStrategy(strategy.name, strategy.params) for strategy in rule.strategies),
            allow_split=rule.allow_split, whole_lines=rule.whole_line,
            partial=cast(Partial, rule.partial), no_split_below=rule.no_split_below,
            freight=FreightTable([FreightRow(**row) for row in rule.freight]) if rule.freight else None,
        ),
        on_short=on_short,
        takes_part=_filter(rule) if rule.tags or rule.holds else None,
        days_ahead=days_ahead,
        queue=tuple(QueueKey(by=cast(Any, by), classes=classes) for by, classes in rule.queue) or DEFAULT_QUEUE,
        may_take_from_lower=rule.may_take_from_lower,
        costs=BatchCosts(**rule.costs),
    )  # fmt: skip


def _filter(rule: AllocationRule) -> LocationFilter:
    def takes_part(values: Mapping[str, Any], *, now: datetime, today: date) -> bool:
        return rule.may_ship(frozenset(values["location"]["tags"]), values, Environment(now=now, today=today))

    return takes_part


@dataclass(frozen=True, slots=True)
class _Review:
    """A `review_rules` document as placement asks it. Reasons are in the tenant's language."""

    source: str
    rules: ReviewRules
    locale: str

    def evaluate(self, values: Mapping[str, Any], *, now: datetime, today: date) -> Sequence[ReviewHit]:
        moment = Environment(now=now, today=today)
        explain: dict[str, Callable[..., Any]] = {rule.id: rule.explain for rule in self.rules.rules}
        return [
            ReviewHit(
                rule_id=hit.rule_id,
                outcome=cast(Literal["hold", "note", "pass", "score", "refuse"], hit.outcome.do),
                hold_type=hit.outcome.hold_type,
                reason=_said(hit.outcome.texts, self.locale) or _said(hit.names, self.locale),
                points=hit.outcome.points,
                trace=explain[hit.rule_id](values, moment) if hit.rule_id in explain else {},
            )
            for hit in self.rules.evaluate(values, moment)
        ]


def _review(documents: Configuration, key: str | None, locale: str) -> _Review | None:
    if key is None:
        return None
    rules: ReviewRules = documents.compiled("review_rules", key)
    return _Review(source=f"review_rules/{key}", rules=rules, locale=locale) if rules.rules else None


def _fields(documents: Configuration, entity: str) -> EntityFields | None:
    try:
        compiled: EntityFields = documents.compiled("fields", entity)
    except DocumentUnknown:
        return None
    return compiled if compiled.fields else None


def _said(texts: Mapping[str, str], locale: str) -> str:
    return texts.get(locale) or texts.get("en") or next(iter(texts.values()), "")
