"""Numbers of invoices, credit notes and payments: by the numbering document of that name, or plain ones by year."""

from __future__ import annotations

from typing import Literal

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.kinds.numbering.compile import Numbering
from oms.orders.reserve_number import reserve_number

Kind = Literal["invoice", "credit_note", "payment"]
# kind -> (key of the numbering document, prefix where the tenant has none)
_NUMBERING: dict[Kind, tuple[str, str]] = {
    "invoice": ("invoices", "INV"),
    "credit_note": ("credit_notes", "CN"),
    "payment": ("payments", "PAY"),
}


def next_number(work: Work, kind: Kind) -> str:
    """Raised in the transaction of the document, so that none is left out: auditors count them."""
    key, prefix = _NUMBERING[kind]
    documents = configuration(work)
    if key in documents.keys("numbering"):
        numbering: Numbering = documents.compiled("numbering", key)
        value = reserve_number(work, key=key, period=numbering.period(work.today), gapless=True)
        return numbering.render(work.today, value + numbering.start - 1)
    year = str(work.today.year)
    return f"{prefix}-{year}-{reserve_number(work, key=f'receivables.{kind}', period=year, gapless=True):06d}"
