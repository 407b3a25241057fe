"""Pure decisions about money: due days, shares of an order line, what a payment settles, how old a debt is."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from kernel.money import currency_digits, round_amount

ZERO = Decimal(0)
# (name, least days overdue, most days overdue)
AGES: tuple[tuple[str, int | None, int | None], ...] = (
    ("not_due", None, 0), ("days_30", 1, 30), ("days_60", 31, 60), ("days_90", 61, 90), ("older", 91, None),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """days from the invoice, or from the end of its month"""

    days: int
    end_of_month: bool = False

    def due_on(self, invoiced_on: date) -> date:
        """
        >>> Terms(30).due_on(date(2026, 11, 22)), Terms(14, True).due_on(date(2026, 11, 22))
        (datetime.date(2026, 12, 22), datetime.date(2026, 12, 14))
        """
        start = invoiced_on
        if self.end_of_month:
            start = invoiced_on.replace(day=monthrange(invoiced_on.year, invoiced_on.month)[1])
        return start + timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoiceable:
    """One order line as far as money goes. live: ordered - cancelled, base units; net, tax: of the live units"""

    id: UUID
    live: Decimal
    invoiced: Decimal
    net: Decimal
    tax: Decimal
    invoiced_net: Decimal
    invoiced_tax: Decimal

    @property
    def left(self) -> Decimal:
        return self.live - self.invoiced


@dataclass(frozen=True, slots=True)
class Share:
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def invoice_share(line: Invoiceable, quantity: Decimal, currency: str) -> Share:
    """What `quantity` (> 0, at most what is left) of the line costs.

    The parts of a line add up to the line to the cent, however it is cut: each part is what the units so far come to,
    less what was invoiced before; the last takes what remains.
    """
    upto = line.invoiced + quantity
    if upto == line.live:
        return Share(line.net - line.invoiced_net, line.tax - line.invoiced_tax)
    net = round_amount(line.net * upto / line.live, currency) - line.invoiced_net
    tax = round_amount(line.tax * upto / line.live, currency) - line.invoiced_tax
    return Share(max(net, ZERO), max(tax, ZERO))


def credit_share(
    quantity: Decimal, credited: Decimal, back: Decimal, total: Decimal, done: Decimal, currency: str
) -> Decimal:
    """What crediting `back` more units of a line of `quantity` units gives of `total`, `done` of it being credited.

    As `invoice_share`: the parts add up to the cent.
    """
    upto = credited + back
    if upto == quantity:
        return total - done
    return max(round_amount(total * upto / quantity, currency) - done, ZERO)


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    id: UUID
    open: Decimal
    due_on: date


def oldest_first(amount: Decimal, invoices: Sequence[OpenInvoice]) -> list[tuple[UUID, Decimal]]:
    """(invoice, amount) each: the oldest due first, until `amount` is spent."""
    found = []
    for invoice in sorted(invoices, key=lambda one: (one.due_on, one.id)):
        part = min(amount, invoice.open)
        if part > 0:
            found.append((invoice.id, part))
            amount -= part
    return found


def age_of(due_on: date, day: date) -> str:
    """The column of an aging report."""
    days = (day - due_on).days
    return next(name for name, _least, most in AGES if most is None or days <= most)


def ages_of(items: Sequence[tuple[date, Decimal]], day: date) -> Mapping[str, Decimal]:
    """column -> what is open in it"""
    found = dict.fromkeys((name for name, *_ in AGES), ZERO)
    for due_on, amount in items:
        found[age_of(due_on, day)] += amount
    return found


def exact_in(amount: Decimal, currency: str) -> bool:
    """Whether the amount is more than 0 and has no more decimals than the currency."""
    return amount > 0 and amount < Decimal(10) ** 15 and amount == round_amount(amount, currency)


def digits(currency: str) -> int:
    return currency_digits(currency)
