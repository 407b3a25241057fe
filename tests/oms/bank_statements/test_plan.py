"""What a bank's file says, and what each of its lines pays: pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kernel.ids import new_id
from oms.bank_statements.errors import StatementColumnsMissing, StatementUnreadable
from oms.bank_statements.plan import OpenItem, match_line
from oms.bank_statements.read_lines import MOST_LINES, BankLine, amount_of, read_lines


def _open(number: str, amount: str, customer: str = "C-1", order: str = "", currency: str = "EUR") -> OpenItem:
    return OpenItem(
        invoice_id=new_id(), number=number, names=frozenset(filter(None, (number, order))), customer_number=customer,
        customer_name=f"Customer {customer}", currency=currency, open=Decimal(amount),
    )  # fmt: skip


def _line(amount: str, text: str = "", payer: str = "") -> BankLine:
    return BankLine(row=2, day=date(2026, 11, 22), amount=Decimal(amount), reference="B-1", text=text, payer=payer)


OPEN = [_open("INV-1", "100.00", order="SO-1"), _open("INV-2", "50.00"), _open("INV-3", "70.00", "C-2"),
        _open("INV-4", "70.00", "C-3"), _open("INV-5", "33.00", "C-2", currency="USD")]  # fmt: skip
PAYERS = {"Kauf AG": ("C-2", "Kauf")}


@pytest.mark.parametrize(
    ("line", "verdict", "invoices"),
    [
        (_line("100", "Rechnung INV-1"), "exact", ("INV-1",)),
        (_line("150", "inv-1, INV-2"), "exact", ("INV-1", "INV-2")),
        (_line("100", "order so-1"), "exact", ("INV-1",)),
        (_line("99.99", "INV-1 less bank fee"), "number", ("INV-1",)),
        (_line("170", "INV-1 INV-3"), "number", ("INV-1",)),  # of two customers the first alone
        (_line("50", "thank you"), "amount", ("INV-2",)),
        (_line("70", "thank you"), "unknown", ()),  # two are open at this amount
        (_line("70", "thank you", "Kauf AG"), "amount", ("INV-3",)),  # the payer tells them apart
        (_line("12", "thank you", "Kauf AG"), "payer", ()),
        (_line("33", "thank you"), "unknown", ()),  # of another currency
        (_line("-5", "INV-1"), "outgoing", ()),
    ],
)
def test_a_line_pays_what_it_names_else_the_only_one_of_its_amount(
    line: BankLine, verdict: str, invoices: tuple[str, ...]
) -> None:
    match = match_line(line, "EUR", OPEN, PAYERS, "")

    assert (match.verdict, match.invoices) == (verdict, invoices)
    assert match.sure is (verdict == "exact")


def test_what_was_booked_before_is_not_matched_again() -> None:
    assert match_line(_line("100", "INV-1"), "EUR", OPEN, PAYERS, "PAY-1").verdict == "booked"


def test_banks_write_columns_days_and_amounts_each_in_their_way() -> None:
    german = read_lines([["Buchungstag", "Betrag", "Verwendungszweck"], ["22.11.2026", "1.234,50", "INV-1"]])
    chinese = read_lines(
        [["交易日期", "流水号", "收入金额", "对方户名"], ["20261122", "F7", "1,234.50", "好茶"], ["", "", "", ""]]
    )

    assert (german[0].day, german[0].amount, german[0].text) == (date(2026, 11, 22), Decimal("1234.50"), "INV-1")
    assert [(one.reference, one.amount, one.payer) for one in chinese] == [("F7", Decimal("1234.50"), "好茶")]
    assert amount_of("12 EUR") is None and amount_of("NaN") is None and amount_of("1e400") is None


def test_a_line_without_a_reference_gets_one_that_is_the_same_the_next_time() -> None:
    rows = [["date", "amount", "text"], ["2026-11-22", "5", "x"], ["2026-11-22", "5", "x"], ["2026-11-22", "5", "y"]]

    first, second = read_lines(rows), read_lines(rows)

    assert [one.reference for one in first] == [one.reference for one in second]
    assert len({one.reference for one in first}) == 3


def test_faults_name_their_row() -> None:
    with pytest.raises(StatementColumnsMissing):
        read_lines([["date", "text"], ["2026-11-22", "x"]])
    with pytest.raises(StatementColumnsMissing):
        read_lines([])
    with pytest.raises(StatementUnreadable) as caught:
        read_lines([["date", "amount"], ["11/22/2026", "5"], ["2026-11-22", "five"]])
    assert [(one.code, one.facts["row"]) for one in caught.value.problems] == [("day_wrong", 2), ("amount_wrong", 3)]
    with pytest.raises(StatementUnreadable):
        read_lines([["date", "amount"], *[["2026-11-22", "5"]] * (MOST_LINES + 1)])
