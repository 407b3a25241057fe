"""The pure part of placing an order: check what was asked against what was loaded, and price it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id
from oms.placement.check_instalments import in_base_units
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.load import FoundSku, Loaded
from oms.placement.planned import PlannedLine, PlannedOrder, with_amounts
from oms.placement.policy import OrderPolicy, PriceAdjustment
from oms.placement.settle import Billed, PricedLine, Settled, Terms, settle_order
from oms.placement.subjects import factor_of, line_values, order_subject
from oms.pricing.amounts import LineAmounts
from oms.pricing.plan import PriceChoice, choose_price, floor_of
from oms.promotions.usage import COUPON_WITHOUT_EFFECT, UNUSED, CouponRow, Usage, normal_code

MOST_LINES = 2_000
_NO_AMOUNTS = LineAmounts(Decimal(0), Decimal(0), Decimal(0))
_PRICE_DIGITS = Decimal("0.00000001")
_QUANTITY_DIGITS = Decimal("0.0001")
_HUNDRED = Decimal(100)
GREATEST_PRICE = Decimal("999999999999.99999999")  # what a row can hold, of one base unit
_GREATEST_TOTAL = Decimal(10) ** 15
_WIDE = Context(prec=100)  # tables may give thirty digits before the point and twenty after it
_GREATEST_QUANTITY = Decimal(10) ** 13

CUSTOMER_INACTIVE = N_("The customer {number} is not active.")
ADDRESS_MISSING = N_("An address to ship to is missing.")
NO_LINES = N_("An order needs at least one line.")
SKU_UNKNOWN = N_("There is no SKU {sku}.")
SKU_INACTIVE = N_("SKU {sku} is no longer sold.")
UNIT_UNKNOWN = N_("SKU {sku} is not sold by {unit}.")
QUANTITY_NOT_POSITIVE = N_("The quantity must be more than 0.")
QUANTITY_TOO_FINE = N_("A quantity has at most four decimals and thirteen digits before them.")
BELOW_MINIMUM = N_("SKU {sku} is sold from {minimum} {unit} on.")
NOT_A_MULTIPLE = N_("SKU {sku} is sold in multiples of {multiple} {unit}.")
NO_PRICE = N_("SKU {sku} has no price for this customer, quantity and currency.")
NO_TAX_RATE = N_("Tax class {tax_class} of SKU {sku} has no rate.")
PRICE_NOT_GIVEN = N_("This order type takes prices as given, but line {line} has none.")
PRICE_NOT_TAKEN = N_("This order type takes its prices from price lists; a line may not bring its own.")
PRICE_TOO_LARGE = N_("The price tables give SKU {sku} a price that no order can hold.")
AMOUNT_TOO_LARGE = N_("This quantity of SKU {sku} comes to more than an order can hold.")
PRICE_NEGATIVE = N_("A price must not be negative.")
FREIGHT_UNTAXED = "no_freight_tax_rate"
NO_FREIGHT_TAX_RATE = N_("Tax class {tax_class} of the freight has no rate where it is shipped to.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPrice:
    """The prices of one base unit that were agreed for a line when it was ordered."""

    list_price: Decimal
    unit_price: Decimal
    billed: Billed | None = None  # the line is invoiced in full

    def priced(self) -> tuple[Decimal, dict[str, Any]]:
        return self.list_price, {"winner": None, "losers": []}


def find_problems(
    command: PlaceOrder, loaded: Loaded, policy: OrderPolicy, *, kept: frozenset[int] = frozenset()
) -> list[Problem]:
    """Every fault of the order at once; custom fields and prices are checked elsewhere.

    kept  lines that keep an agreed price, and need bring none
    """
    problems = []
    if loaded.buyer and not loaded.buyer.active:
        problems.append(Problem("/customer", "customer_inactive", CUSTOMER_INACTIVE, {"number": loaded.buyer.number}))
    if not command.lines:
        problems.append(Problem("/lines", "no_lines", NO_LINES))
    for index, (request, sku) in enumerate(zip(command.lines, loaded.skus, strict=True)):
        problems += _line_problems(f"/lines/{index}", request, sku)
        if sku is not None and index not in kept:
            problems += _given_price_problems(f"/lines/{index}", index, request, policy)
    return problems


def _line_problems(pointer: str, request: LineRequest, sku: FoundSku | None) -> list[Problem]:
    if sku is None:
        return [Problem(f"{pointer}/sku", "sku_unknown", SKU_UNKNOWN, {"sku": request.sku})]
    problems = []
    quantity = f"{pointer}/quantity"
    if not sku.active:
        problems.append(Problem(f"{pointer}/sku", "sku_inactive", SKU_INACTIVE, {"sku": sku.code}))
    if sku.factor is None:
        facts = {"sku": sku.code, "unit": request.unit}
        problems.append(Problem(f"{pointer}/unit", "unit_unknown", UNIT_UNKNOWN, facts))
    elif request.quantity <= 0:
        problems.append(Problem(quantity, "quantity_not_positive", QUANTITY_NOT_POSITIVE))
    elif not _fits(request.quantity) or not _fits(request.quantity * sku.factor):
        problems.append(Problem(quantity, "quantity_too_fine", QUANTITY_TOO_FINE))
    else:
        problems += _order_rule_problems(quantity, sku, request.quantity * sku.factor)
    if sku.tax_rate is None:
        facts = {"sku": sku.code, "tax_class": sku.tax_class}
        problems.append(Problem(f"{pointer}/sku", "no_tax_rate", NO_TAX_RATE, facts))
    return problems


def _fits(quantity: Decimal) -> bool:
    return quantity < _GREATEST_QUANTITY and quantity == quantity.quantize(_QUANTITY_DIGITS)


def _order_rule_problems(pointer: str, sku: FoundSku, ordered: Decimal) -> list[Problem]:
    problems = []
    if ordered < sku.order_minimum:
        facts = {"sku": sku.code, "minimum": _price(sku.order_minimum), "unit": sku.base_unit}
        problems.append(Problem(pointer, "below_minimum", BELOW_MINIMUM, facts))
    if ordered % sku.order_multiple:
        facts = {"sku": sku.code, "multiple": _price(sku.order_multiple), "unit": sku.base_unit}
        problems.append(Problem(pointer, "not_a_multiple", NOT_A_MULTIPLE, facts))
    return problems


def _given_price_problems(pointer: str, index: int, request: LineRequest, policy: OrderPolicy) -> list[Problem]:
    given = request.unit_price if request.unit_price is not None else request.amount
    if policy.price_source == "lists":
        return [] if given is None else [Problem(f"{pointer}/unit_price", "price_not_taken", PRICE_NOT_TAKEN)]
    if given is None:
        return [Problem(f"{pointer}/unit_price", "price_not_given", PRICE_NOT_GIVEN, {"line": index + 1})]
    return [Problem(f"{pointer}/unit_price", "price_negative", PRICE_NEGATIVE)] if given < 0 else []


def plan_order(
    command: PlaceOrder,
    loaded: Loaded,
    policy: OrderPolicy,
    *,
    currency: str,
    now: datetime,
    today: date,
    order_custom: dict[str, Any],
    line_custom: Sequence[dict[str, Any]],
    usage: Usage = UNUSED,
    brought: Mapping[str, CouponRow] | None = None,
    kept: Mapping[int, KeptPrice] | None = None,
) -> tuple[PlannedOrder | None, list[Problem]]:
    """Prices the order. Call it on an order without problems; what it finds itself are missing prices, and coupons
    that take nothing off, which come beside the order.

    usage    what is used of promotions and coupons
    brought  promotion -> the coupon that brings it (`judge_coupons`)
    kept     index of a line -> the price that was agreed for it before
    """
    kept = kept or {}
    buyer = loaded.buyer
    assert buyer is not None
    skus = [sku for sku in loaded.skus if sku is not None]
    ordered = [request.quantity * factor_of(sku) for request, sku in zip(command.lines, skus, strict=True)]
    of_sku: dict[UUID, Decimal] = {}
    for sku, quantity in zip(skus, ordered, strict=True):
        of_sku[sku.id] = of_sku.get(sku.id, Decimal(0)) + quantity
    prices, problems = [], []
    for index, (request, sku) in enumerate(zip(command.lines, skus, strict=True)):
        # A tier counts what the whole order takes of the SKU, however many lines it is spread over.
        price = (
            kept[index].priced() if index in kept else _price_line(request, sku, ordered[index], of_sku[sku.id], policy)
        )
        if price is None:
            problems.append(Problem(f"/lines/{index}/sku", "no_price", NO_PRICE, {"sku": sku.code}))
        else:
            prices.append(price)
    if problems:
        return None, problems
    adjusted = [
        apply_tables(
            *price,
            line_values(command, buyer, sku, quantity, price[0], custom, loaded, order_custom),
            policy,
            now,
            today,
        )
        if index not in kept
        else (kept[index].unit_price, {**price[1], "kept": True, "unit_price": _price(kept[index].unit_price)})
        for index, (price, sku, quantity, custom) in enumerate(zip(prices, skus, ordered, line_custom, strict=True))
    ]
    if problems := _too_large([price for price, _ in adjusted], ordered, skus):
        return None, problems
    draft = PlannedOrder(
        id=new_id(), buyer=buyer, currency=currency, net_total=Decimal(0), tax_total=Decimal(0), total=Decimal(0),
        custom=order_custom,
        lines=tuple(
            PlannedLine(
                id=new_id(), line_no=index + 1, request=request, sku=skus[index], ordered=ordered[index],
                list_price=prices[index][0], unit_price=adjusted[index][0], amounts=_NO_AMOUNTS,
                custom=line_custom[index],
                price_trace={"line": index + 1, "sku": skus[index].code, **adjusted[index][1]},
                floor_price=_floor(prices[index], skus[index], of_sku[skus[index].id], policy),
                instalments=in_base_units(request, factor_of(skus[index])),
            )
            for index, request in enumerate(command.lines)
        ),
    )  # fmt: skip
    terms = Terms(
        currency=currency, now=now, today=today, customer=str(buyer.id), coupons=brought or {}, usage=usage,
        freight_tax_rate=loaded.freight_tax_rate,
    )  # fmt: skip
    billed = {index: price.billed for index, price in kept.items() if price.billed is not None}
    return _settled(draft, command, loaded, policy, terms, billed)


def _settled(
    draft: PlannedOrder, command: PlaceOrder, loaded: Loaded, policy: OrderPolicy, terms: Terms,
    billed: Mapping[int, Billed],
) -> tuple[PlannedOrder | None, list[Problem]]:  # fmt: skip
    """The order with what promotions and charges make of its prices."""
    lines = [
        PricedLine(
            unit_price=line.unit_price, quantity=line.ordered, tax_rate=line.sku.tax_rate or Decimal(0),
            values=line_values(
                command, draft.buyer, line.sku, line.ordered, line.unit_price, line.custom, loaded, draft.custom
            )
            if policy.promotions else {},
            billed=billed.get(index),
        )
        for index, line in enumerate(draft.lines)
    ]  # fmt: skip
    settled = settle_order(
        lines, lambda amounts, off: order_subject(command, with_amounts(draft, amounts, off), loaded), policy, terms
    )
    if settled.charges and loaded.freight_tax_rate is None:
        facts = {"tax_class": settled.charges[0].tax_class}
        return None, [Problem("/ship_to", FREIGHT_UNTAXED, NO_FREIGHT_TAX_RATE, facts)]
    order = with_amounts(draft, settled.amounts, settled.discounts)
    return replace(
        order,
        lines=tuple(
            replace(line, adjustments=adjustments, price_trace=_with_floor(line))
            for line, adjustments in zip(order.lines, settled.adjustments, strict=True)
        ),
        net_total=settled.net, tax_total=settled.tax, total=settled.net + settled.tax, charges=settled.charges,
        promotions=settled.told, redemptions=settled.redemptions, claims=settled.claims,
    ), without_effect(command, terms, settled)  # fmt: skip


def without_effect(command: PlaceOrder, terms: Terms, settled: Settled) -> list[Problem]:
    """Coupons that hold, and yet take nothing off this order."""
    used = {one.coupon for one in settled.redemptions}
    valid = {coupon.code for coupon in terms.coupons.values()}
    return [
        Problem(f"/coupons/{index}", "coupon_without_effect", COUPON_WITHOUT_EFFECT, {"code": code})
        for index, code in enumerate(command.coupons)
        if normal_code(code) in valid - used
    ]


def _floor(
    price: tuple[Decimal, dict[str, Any]], sku: FoundSku, of_sku: Decimal, policy: OrderPolicy
) -> Decimal | None:
    if policy.floor is None:
        return None
    winner = choose_price(sku.candidates, of_sku).winner if policy.price_source == "lists" else None
    return floor_of(winner, price[0], policy.floor.below_list_percent)


def _with_floor(line: PlannedLine) -> dict[str, Any]:
    """The trace of the price, with the floor where it is below it."""
    if not line.below_floor or line.floor_price is None:
        return line.price_trace
    return {**line.price_trace, "below_floor": _price(line.floor_price)}


def _too_large(prices: Sequence[Decimal], ordered: Sequence[Decimal], skus: Sequence[FoundSku]) -> list[Problem]:
    """What no row could hold: a price that tables drove up, or amounts that are too large one by one or together."""
    problems = []
    so_far = Decimal(0)
    for index, (price, quantity, sku) in enumerate(zip(prices, ordered, skus, strict=True)):
        amount = price * quantity * (1 + (sku.tax_rate or Decimal(0)))
        if price >= GREATEST_PRICE:
            facts = {"sku": sku.code}
            problems.append(Problem(f"/lines/{index}/sku", "price_too_large", PRICE_TOO_LARGE, facts))
        elif so_far + amount >= _GREATEST_TOTAL:
            facts = {"sku": sku.code}
            problems.append(Problem(f"/lines/{index}/quantity", "amount_too_large", AMOUNT_TOO_LARGE, facts))
        else:
            so_far += amount
    return problems


def with_lines(command: PlaceOrder, indexes: Sequence[int]) -> PlaceOrder:
    """The command with only the lines at `indexes`."""
    return replace(command, lines=tuple(command.lines[index] for index in indexes))


def loaded_lines(loaded: Loaded, indexes: Sequence[int]) -> Loaded:
    """What was loaded for only the lines at `indexes`."""
    return replace(loaded, skus=tuple(loaded.skus[index] for index in indexes))


def repoint(problem: Problem, indexes: Sequence[int]) -> Problem:
    """A problem of a command made by `with_lines`, pointing into the command it was made from."""
    _, lines, position, *rest = problem.pointer.split("/")
    return replace(problem, pointer="/".join(["", lines, str(indexes[int(position)]), *rest]))


def _price_line(
    request: LineRequest, sku: FoundSku, ordered: Decimal, of_sku: Decimal, policy: OrderPolicy
) -> tuple[Decimal, dict[str, Any]] | None:
    """(price of one base unit, trace), or None where there is none."""
    if policy.price_source == "given":
        if request.amount is not None:
            price, how = request.amount / ordered, {"given": "amount", "amount": str(request.amount)}
        else:
            assert request.unit_price is not None
            price, how = request.unit_price / factor_of(sku), {"given": "unit_price"}
        return price.quantize(_PRICE_DIGITS), how
    choice: PriceChoice = choose_price(sku.candidates, of_sku)
    return (choice.winner.unit_price, choice.trace()) if choice.winner else None


def apply_tables(
    list_price: Decimal,
    trace: Mapping[str, Any],
    values: Mapping[str, Any],
    policy: OrderPolicy,
    now: datetime,
    today: date,
) -> tuple[Decimal, dict[str, Any]]:
    """The price after the order type's price tables, in their order, and the trace with what each did."""
    unit_price = list_price
    steps = []
    for table in policy.price_tables:
        adjustment = table.adjust(values, now=now, today=today)
        if adjustment is None:
            continue
        before, unit_price = unit_price, _apply(unit_price, adjustment)
        steps.append(
            {
                "document": adjustment.source, "rows": list(adjustment.rows), "from": _price(before),
                "to": _price(unit_price),
            }
        )  # fmt: skip
    return unit_price, {**trace, "adjustments": steps, "unit_price": _price(unit_price)}


def apply_adjustments(list_price: Decimal, adjustments: Sequence[PriceAdjustment]) -> Decimal:
    """The price after what each price table gave, in their order."""
    unit_price = list_price
    for adjustment in adjustments:
        unit_price = _apply(unit_price, adjustment)
    return unit_price


def _apply(price: Decimal, adjustment: PriceAdjustment) -> Decimal:
    if adjustment.unit_price is not None:
        price = adjustment.unit_price
    if adjustment.discount_percent is not None:
        price = _WIDE.divide(_WIDE.multiply(price, _WIDE.subtract(_HUNDRED, adjustment.discount_percent)), _HUNDRED)
    if adjustment.surcharge is not None:
        price = _WIDE.add(price, adjustment.surcharge)
    return min(max(price, Decimal(0)).quantize(_PRICE_DIGITS, context=_WIDE), GREATEST_PRICE)


def _price(value: Decimal) -> str:
    return format(value.normalize(), "f")
