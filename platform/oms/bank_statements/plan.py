"""What a line of a bank statement pays: a pure decision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from oms.bank_statements.read_lines import BankLine

Verdict = Literal["booked", "outgoing", "exact", "number", "amount", "payer", "unknown"]
_WORD = re.compile(r"[^\s,;:()（），。；：]{3,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An open invoice that a line may be about. names: its number and its order's"""

    invoice_id: UUID
    number: str
    names: frozenset[str]
    customer_number: str
    customer_name: str
    currency: str
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """verdict  booked (before), outgoing, exact (named, and comes to the amount), number (named, comes to another),
             amount (the only open one of this amount), payer (only who paid is known), unknown
    booked   number of the payment, where it was booked before
    sure     may be booked without a look
    """

    line: BankLine
    verdict: Verdict
    customer_number: str = ""
    customer_name: str = ""
    invoices: tuple[str, ...] = ()
    open: Decimal = Decimal(0)
    booked: str = ""

    @property
    def sure(self) -> bool:
        return self.verdict == "exact"


def words_of(line: BankLine) -> set[str]:
    """What may be a number in the line's own words.

    >>> from datetime import date
    >>> line = BankLine(row=2, day=date(2026, 11, 22), amount=Decimal(1), text="Inv. INV-2026-000001, thanks")
    >>> sorted(words_of(line))
    ['INV-2026-000001', 'INV.', 'THANKS']
    """
    return {word.upper() for word in _WORD.findall(f"{line.text} {line.reference}")}


def match_line(
    line: BankLine, currency: str, invoices: Sequence[OpenItem], payers: dict[str, tuple[str, str]], booked: str
) -> Match:
    """currency  of the line
    invoices  open ones that may be meant, the oldest due first
    payers    payer as the bank writes it -> (number, name) of the only customer of that name
    booked    number of the payment that the line was booked as; "" where it was not
    """
    if booked:
        return Match(line=line, verdict="booked", booked=booked)
    if line.amount <= 0:
        return Match(line=line, verdict="outgoing")
    here = [one for one in invoices if one.currency == currency]
    words = words_of(line)
    named = [one for one in here if one.names & words]
    if named:
        mine = [one for one in named if one.customer_number == named[0].customer_number]
        total = sum((one.open for one in mine), Decimal(0))
        return _found(line, "exact" if total == line.amount else "number", mine)
    payer = payers.get(line.payer)
    same = [one for one in here if one.open == line.amount]
    of_payer = [one for one in same if payer is not None and one.customer_number == payer[0]]
    if len(of_payer or same) == 1:
        return _found(line, "amount", of_payer or same)
    if payer is not None:
        return Match(line=line, verdict="payer", customer_number=payer[0], customer_name=payer[1])
    return Match(line=line, verdict="unknown")


def _found(line: BankLine, verdict: Verdict, invoices: Sequence[OpenItem]) -> Match:
    return Match(
        line=line, verdict=verdict, customer_number=invoices[0].customer_number,
        customer_name=invoices[0].customer_name, invoices=tuple(one.number for one in invoices),
        open=sum((one.open for one in invoices), Decimal(0)),
    )  # fmt: skip
