"""Finds what each line of a bank statement pays. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.db import Work
from oms.bank_statements.plan import Match, OpenItem, match_line, words_of
from oms.bank_statements.read_lines import BankLine

_OPEN = """
SELECT r.id, r.number, o.number AS order_number, r.currency, r.open_amount, c.number AS customer_number,
  c.name AS customer_name
FROM receivables r
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = r.order_id
WHERE r.tenant_id = %(tenant)s AND r.kind = 'invoice' AND r.open_amount > 0
  AND (%(reach)s::uuid[] IS NULL OR r.customer_id = ANY(%(reach)s))
  AND (upper(r.number) = ANY(%(words)s) OR upper(o.number) = ANY(%(words)s) OR r.open_amount = ANY(%(amounts)s))
ORDER BY r.due_on, r.id LIMIT %(limit)s
"""
_BOOKED = """
SELECT reference, number FROM receivables
WHERE tenant_id = %(tenant)s AND kind = 'payment' AND method = 'bank' AND reference = ANY(%(references)s)
"""
# A name that several customers have names nobody.
_PAYERS = """
SELECT p.payer, min(c.number) AS number, min(c.name) AS name FROM unnest(%(payers)s::text[]) AS p (payer)
JOIN customers c ON c.tenant_id = %(tenant)s AND c.name_key = app_name_key(p.payer) AND c.merged_into IS NULL
WHERE %(reach)s::uuid[] IS NULL OR c.id = ANY(%(reach)s)
GROUP BY p.payer HAVING count(*) = 1
"""
_MOST = 5_000


def match_statement(work: Work, lines: Sequence[BankLine]) -> list[Match]:
    """One match per line, in their order, by three statements however many lines there are."""
    words = {word for line in lines for word in words_of(line)}
    parameters = {
        "tenant": work.tenant_id, "reach": work.actor.reach_list("customer"), "words": sorted(words),
        "amounts": sorted({line.amount for line in lines if line.amount > 0}), "limit": _MOST,
        "references": [line.reference for line in lines if line.reference],
        "payers": sorted({line.payer for line in lines if line.payer}),
    }  # fmt: skip
    invoices = [
        OpenItem(
            invoice_id=row.id, number=row.number,
            names=frozenset(name.upper() for name in (row.number, row.order_number) if name),
            customer_number=row.customer_number, customer_name=row.customer_name, currency=row.currency,
            open=row.open_amount,
        )
        for row in work.rows(_OPEN, parameters)
    ]  # fmt: skip
    booked = {row.reference: row.number for row in work.rows(_BOOKED, parameters)}
    payers = {row.payer: (row.number, row.name) for row in work.rows(_PAYERS, parameters)}
    return [
        match_line(line, line.currency or work.tenant.currency, invoices, payers, booked.get(line.reference, ""))
        for line in lines
    ]
