"""Reads a bank statement's rows: the banks' own words for columns, days and amounts. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from kernel.errors import Problem
from kernel.i18n import N_
from oms.bank_statements.errors import StatementColumnsMissing, StatementUnreadable

MOST_LINES = 300
# Field -> headers that mean it, lower case without spaces and punctuation.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "day": (
        "date",
        "day",
        "bookingdate",
        "valuedate",
        "banked",
        "bankedon",
        "buchungstag",
        "交易日期",
        "日期",
        "记账日期",
    ),
    "amount": ("amount", "credit", "creditamount", "betrag", "金额", "交易金额", "贷方金额", "收入金额", "收入"),
    "currency": ("currency", "währung", "币种", "货币"),
    "reference": ("reference", "transactionid", "id", "bankreference", "流水号", "交易流水号", "凭证号"),
    "text": ("text", "purpose", "description", "details", "verwendungszweck", "摘要", "用途", "附言", "备注"),
    "payer": ("payer", "name", "from", "counterparty", "accountname", "对方户名", "付款人", "对方名称"),
}
_NOISE = re.compile(r"[\s_\-./()（）#]+")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%Y年%m月%d日")
DAY_WRONG = N_("Row {row}: {text} is no day such as 2026-11-22.")
AMOUNT_WRONG = N_("Row {row}: {text} is no amount such as 1200 or 99.50.")
TOO_MANY = N_("A statement may have no more than {most} rows at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """row       of the file, its header being row 1
    amount    > 0 came in, < 0 went out
    currency  "": the company's own
    reference  the bank's, or made of what the line says, so that the same line twice is one payment
    """

    row: int
    day: date
    amount: Decimal
    currency: str = ""
    reference: str = ""
    text: str = ""
    payer: str = ""


def read_lines(rows: Sequence[Sequence[str]]) -> list[BankLine]:
    """The lines, in the order of the file. Empty rows and rows without an amount are left out.

    rows    the header first; cells are stripped text
    raises  StatementColumnsMissing, StatementUnreadable with every fault
    """
    columns = _columns(rows[0] if rows else ())
    if "day" not in columns or "amount" not in columns:
        raise StatementColumnsMissing()
    if len(rows) - 1 > MOST_LINES:
        raise StatementUnreadable(problems=[Problem("/file", "too_many", TOO_MANY, {"most": MOST_LINES})])
    problems: list[Problem] = []
    lines: list[BankLine] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {field: row[at].strip() for field, at in columns.items() if at < len(row)}
        if not cells.get("amount"):
            continue
        day, amount = day_of(cells.get("day", "")), amount_of(cells["amount"])
        if day is None:
            problems.append(_fault("day_wrong", DAY_WRONG, number, cells.get("day", "")))
        if amount is None:
            problems.append(_fault("amount_wrong", AMOUNT_WRONG, number, cells["amount"]))
        if day is None or amount is None:
            continue
        reference = cells.get("reference", "")[:200] or _made_up(seen, day, amount, cells)
        lines.append(
            BankLine(
                row=number, day=day, amount=amount, currency=cells.get("currency", "").upper()[:3],
                reference=reference, text=cells.get("text", "")[:500], payer=cells.get("payer", "")[:200],
            )
        )  # fmt: skip
    if problems:
        raise StatementUnreadable(problems=problems)
    return lines


def day_of(text: str) -> date | None:
    """
    >>> day_of("22.11.2026"), day_of("2026/11/22"), day_of("11/22/2026")
    (datetime.date(2026, 11, 22), datetime.date(2026, 11, 22), None)
    """
    for form in _DAYS:
        try:
            return datetime.strptime(text.strip()[:10] if form != _DAYS[-1] else text.strip(), form).date()
        except ValueError:
            continue
    return None


def amount_of(text: str) -> Decimal | None:
    """An amount however a bank writes it; the mark that comes last parts the decimals.

    >>> [str(amount_of(one)) for one in ("1,234.50", "1.234,50", "1234,5", "+80", "-3.20", "1,234")]
    ['1234.50', '1234.50', '1234.5', '80', '-3.20', '1234']
    """
    plain = text.replace(" ", "").replace("\u00a0", "").replace("'", "").strip("¥€$£￥")
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(".") > plain.rfind(",") else "."
        plain = plain.replace(thousands, "").replace(",", ".")
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    else:
        plain = plain.replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < Decimal(10) ** 13 and amount == round(amount, 4) else None


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        plain = _NOISE.sub("", name.strip().lower())
        field = next((field for field, names in HEADERS.items() if plain in names), None)
        if field is not None:
            found.setdefault(field, at)
    return found


def _made_up(seen: dict[str, int], day: date, amount: Decimal, cells: Mapping[str, str]) -> str:
    """Of a bank that gives no reference: the same line of the same file is told apart by how often it came."""
    said = "|".join((day.isoformat(), f"{amount.normalize():f}", cells.get("payer", ""), cells.get("text", "")))
    seen[said] = seen.get(said, 0) + 1
    return "line-" + hashlib.sha256(f"{said}|{seen[said]}".encode()).hexdigest()[:20]


def _fault(code: str, message: str, row: int, text: str) -> Problem:
    return Problem("/file", code, message, {"row": row, "text": text[:60]})
