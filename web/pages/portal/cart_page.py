"""What the cart's page shows: each line priced and judged, totals, credit, and what will happen on submit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _, current_locale
from oms.carts.cart import Cart, CartLine
from oms.credit.plan import (
    ACCOUNT_BLOCKED,
    CROSSES,
    INVOICES_LATE,
    NEAR_LIMIT,
    NO_ACCOUNT,
    OTHER_CURRENCY,
    OVER_LIMIT,
    PREPAID,
    STOPPED,
    CreditDecision,
)
from oms.credit.policy import policy_from_plain
from oms.customers.queries import read_customer
from oms.placement.policy import OrderPolicy
from oms.placement.preview_approval import ApprovalPreview, preview_approval
from oms.placement.quote_order import Quote, QuotedLine, quote_order
from tenants.access.queries import name_in
from web.http.errors import status_of
from web.http.formats import quantity, unit_name
from web.http.forms import Form
from web.http.problems import said
from web.pages.approver_choices import ApproverChoice, choice_inputs, refuse_choices
from web.pages.own_fields.inputs import OwnInput, take_up_problems
from web.pages.portal.buyer import Buyer, address_id_text, address_text, ordering, price
from web.pages.portal.custom_fields import PREFIX, has_conditions, line_inputs, line_prefix, order_inputs
from web.pages.portal.stock_words import StockWord, stock_word
from web.pages.settled import Settled, settled_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRow:
    """price is of one base unit, amount of the line as prices are shown; None where the line has faults.
    inputs: the tenant's own fields of the line"""

    line: CartLine
    name: str
    base_unit: str
    ordered: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    hint: str
    stock: StockWord | None
    problems: list[str]
    inputs: list[OwnInput] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditBox:
    """Amounts in the account's currency; None where there is no account to show. tone, text: what it means"""

    limit: Decimal | None
    used: Decimal | None
    order: Decimal
    after: Decimal | None
    spent_after: Decimal | None
    warn_from: Decimal | None
    tone: str
    text: str


@dataclass(slots=True, kw_only=True)
class CartPage:
    """can_submit: nothing stands in the way; approval: names of the steps that would be asked; conditional: what is
    typed may show or hide inputs"""

    rows: list[CartRow]
    form: Form
    types: list[tuple[str, str]]
    order_type: str
    addresses: list[tuple[str, str]]
    inputs: list[OwnInput]
    currency: str
    today: date
    includes_tax: bool = False
    net: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    credit: CreditBox | None = None
    approval: list[str] = field(default_factory=list)
    choices: list[ApproverChoice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    can_submit: bool = False
    conditional: bool = False
    settled: Settled = field(default_factory=Settled)
    takes_coupons: bool = False


def cart_page(work: Work, cart: Cart, me: Buyer, *, order_type: str = "", form: Form | None = None) -> CartPage:
    """form  what was sent and refused; None shows what the cart keeps"""
    found = ordering(work, order_type)
    customer = read_customer(work, me.customer_id)
    policy = found.policy
    addresses = addresses_for(work, customer)
    if form is None:
        form = _form(cart, addresses, policy)
    inputs = order_inputs(work, cart, policy.key, form) if policy else []
    page = CartPage(
        rows=[], form=form, types=found.types, order_type=policy.key if policy else "", inputs=inputs,
        addresses=[(address_id_text(each["id"]), address_text(each)) for each in addresses],
        currency=work.tenant.currency, today=work.today, conditional=has_conditions(work),
    )  # fmt: skip
    if policy is None:
        page.problems.append(_("Your supplier does not take orders on this portal yet."))
    elif cart.lines:
        quote = quote_order(work, cart.order(policy.key), policy)
        _show_quote(page, cart, quote, policy, line_inputs(work, cart, form))
        if quote.order is not None:
            ship_to = next((each for each in addresses if each["id"] == str(cart.address_id)), None)
            ship_to = ship_to or (addresses[0] if addresses else {})
            _show_approval(page, preview_approval(work, cart.order(policy.key), quote.order, policy, ship_to=ship_to))
    if not addresses:
        page.problems.append(_("Your company has no address yet. Ask your supplier to add one."))
    blocked = page.credit is not None and page.credit.tone == "bad"
    faults = any(row.problems for row in page.rows)
    page.can_submit = bool(page.rows) and not faults and not page.problems and not blocked
    return page


def addresses_for(work: Work, customer: Any) -> list[Any]:
    """Where the buyer may have goods sent: to the company, and to its sites; to his own sites only where he orders
    for some."""
    own = sorted(customer.addresses, key=lambda address: not address["is_default_shipping"])
    sites = [site["address"] for site in customer.sites if site["active"]]
    return [*own, *sites] if work.actor.reach_list("site") is None else sites


def _show_approval(page: CartPage, seen: ApprovalPreview | None) -> None:
    """Names of the steps that ask somebody, and whom the buyer may choose; who else is asked is the supplier's own."""
    for step in seen.steps if seen else ():
        if step.type in {"approve", "handle"} and len(step.people) > len(step.auto):
            page.approval.append(name_in(step.names, current_locale()))
    page.choices = choice_inputs(seen)


def refuse_order(form: Form, error: DomainError, fields: Mapping[str, str]) -> Form:
    """Takes a refusal of the order up: each fault beside its input; other faults of lines are shown by the lines."""
    form.status = status_of(error)
    refuse_choices(form, error)
    for problem in error.problems:
        _empty, part, *rest = problem.pointer.split("/")
        if part == "custom":
            take_up_problems(form, [problem], prefix=PREFIX)
        elif part == "lines":
            form.message = form.message or _("Some lines need your attention.")
            if len(rest) > 2 and rest[1] == "custom":
                under = f"/lines/{rest[0]}/custom/"
                take_up_problems(form, [problem], prefix=line_prefix(int(rest[0])), under=under)
        elif part == "coupons":
            form.errors.setdefault("coupons", said(problem.message, problem.facts))
        else:
            form.message = form.message or said(problem.message, problem.facts)
    if error.code in fields:
        form.errors.setdefault(fields[error.code], said(error.message, error.facts))
    elif not error.problems:
        form.message = said(error.message, error.facts)
    return form


def _form(cart: Cart, addresses: list[Mapping[str, object]], policy: OrderPolicy | None) -> Form:
    chosen = cart.address_id or (addresses[0]["id"] if addresses else None)
    return Form.of(
        address_id=address_id_text(str(chosen)) if chosen else "",
        requested_on=cart.requested_on.isoformat() if cart.requested_on else "",
        buyer_note=cart.buyer_note,
        coupons=" ".join(cart.coupons),
        order_type=policy.key if policy else "",
    )


def _show_quote(page: CartPage, cart: Cart, quote: Quote, policy: OrderPolicy, inputs: list[list[OwnInput]]) -> None:
    page.takes_coupons = any(promotion.coupon for promotion in policy.promotions)
    page.includes_tax, page.currency = policy.prices_include_tax, quote.currency
    page.rows = [
        _row(line, quoted, own, policy, quote.currency)
        for line, quoted, own in zip(cart.lines, quote.lines, inputs, strict=True)
    ]
    page.problems += [said(each.message, each.facts) for each in quote.problems]
    if quote.order is not None:
        page.net, page.tax, page.total = quote.order.net_total, quote.order.tax_total, quote.order.total
        page.credit = _credit_box(quote.credit, quote.order.total)
        page.settled = settled_of(quote.order)


def _row(line: CartLine, quoted: QuotedLine, inputs: list[OwnInput], policy: OrderPolicy, currency: str) -> CartRow:
    sku, planned = quoted.sku, quoted.planned
    hint = ""
    if sku and planned and quoted.next_tier and planned.unit_price == planned.list_price:
        hint = _(
            "{count} more: {price} each",
            count=quantity(quoted.next_tier.min_quantity - planned.ordered, unit_name(sku.base_unit)),
            price=price(quoted.next_tier.unit_price, currency),
        )
    return CartRow(
        line=line, name=sku.name if sku else line.sku, base_unit=sku.base_unit if sku else "",
        ordered=planned.ordered if planned else None, price=planned.unit_price if planned else None,
        amount=(planned.amounts.gross if policy.prices_include_tax else planned.amounts.net) if planned else None,
        hint=hint, stock=stock_word(quoted.available, planned.ordered, policy, quoted.complete_on) if planned else None,
        problems=[said(each.message, each.facts) for each in quoted.problems], inputs=inputs,
    )  # fmt: skip


def _credit_box(decision: CreditDecision | None, total: Decimal) -> CreditBox | None:
    """What the credit check would say, in a buyer's words. None where credit is not checked."""
    if decision is None:
        return None
    facts = decision.facts
    tone, text = _credit_words(decision)
    if facts.get("limit") is None:
        return CreditBox(
            limit=None, used=None, order=total, after=None, spent_after=None, warn_from=None, tone=tone, text=text
        )
    limit, after = Decimal(facts["limit"]), Decimal(facts["exposure_after"])
    return CreditBox(
        limit=limit, used=Decimal(facts["exposure_before"]), order=total, after=limit - after, spent_after=after,
        warn_from=limit * _warn_share(facts), tone=tone, text=text,
    )  # fmt: skip


def _warn_share(facts: dict[str, Any]) -> Decimal:
    """The share of the limit from which on the policy warns."""
    return policy_from_plain(facts.get("policy")).warn_share


def _credit_words(decision: CreditDecision) -> tuple[str, str]:
    if decision.verdict == "block":
        return "bad", _("This is above your credit limit, so it cannot be ordered now. Order less, or pay open items.")
    if decision.verdict == "hold":
        if decision.reason in (NO_ACCOUNT, OTHER_CURRENCY):
            return "info", _("You have no credit limit yet. The order is placed and waits until your supplier agrees.")
        if decision.reason in (STOPPED, INVOICES_LATE):
            return "warn", _("Orders wait until your overdue invoices are paid.")
        if decision.reason == ACCOUNT_BLOCKED:
            return "warn", _("Your credit is paused. The order is placed and waits until your supplier agrees.")
        return "warn", _("This is above your credit limit. The order is placed and goes to your supplier for approval.")
    if decision.reason == NEAR_LIMIT:
        return "warn", _("With this order you come near your credit limit.")
    if decision.reason == PREPAID:
        return "info", _("This order is paid in advance: it waits for your payment.")
    if decision.reason in (OVER_LIMIT, CROSSES):
        return "warn", _("With this order you are above your credit limit.")
    return "", ""
