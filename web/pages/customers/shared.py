"""What the pages of one customer share: its tabs and who it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for

from kernel.db import Work
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.customers.queries import read_customer

_TABS = (
    ("show", N_("Overview")),
    ("people", N_("People and sites")),
    ("log", N_("Log")),
    ("records", N_("Record")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCustomer:
    """tabs: (label, url, none, current) each, as the macro takes them"""

    id: str
    customer: Any
    tabs: list[tuple[str, str, None, bool]]


def one_customer(work: Work, customer_id: UUID, current: str) -> OneCustomer:
    """Raises CustomerNotFound."""
    customer = read_customer(work, customer_id)
    text_id = to_text("cus", customer.id)
    return OneCustomer(id=text_id, customer=customer, tabs=customer_tabs(text_id, current))


def customer_tabs(text_id: str, current: str) -> list[tuple[str, str, None, bool]]:
    return [
        (_(label), url_for(f"customers.{endpoint}", customer_id=text_id), None, endpoint == current)
        for endpoint, label in _TABS
    ]
