"""What the address of the order list asks for: tab, words, filters and page, each checked and shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, to_text
from low_code.field_index.filters import FieldFilter
from oms.configuration import build_registry
from oms.customers.errors import CustomerNotFound
from oms.customers.queries import customer_id_of
from oms.fields.asked_filters import read_filters
from oms.orders.list_orders import TABS, Cursor, OrderFilter, cursor_fits
from oms.placement.policy_for import order_types
from tenants.access.queries import name_in
from web.http.forms import Form
from web.http.problems import said
from web.pages.own_fields.filters import FilterInput, filter_inputs, sort_options
from web.pages.row_ids import NOBODY
from web.pages.words import HOLD

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_PAGES = 60  # of the way back that the address remembers
_LONGEST_SEARCH = 20_000
_GREATEST = Decimal(10) ** 15
NOT_A_DAY = N_("Write a day such as 2026-11-22.")
NOT_AN_AMOUNT = N_("Write an amount such as 1200 or 99.50.")
NO_SUCH_CUSTOMER = N_("There is no customer with this number.")

_PLAIN = ("channel", "type", "hold", "customer", "from", "to", "min", "max")


@dataclass(slots=True, kw_only=True)
class Asked:
    """form     the filters as typed, each fault beside its field
    filter   what the database is asked
    trail    cursors of the pages passed, the one of this page last; empty on the first page
    fields   inputs of the tenant's own fields that can be filtered by; sorts: (value, label) of other orders
    types    (key, name) of the order types in force; channels likewise
    """

    form: Form
    filter: OrderFilter
    trail: list[str]
    fields: list[FilterInput]
    sorts: list[tuple[str, str]]
    types: list[tuple[str, str]]
    channels: list[tuple[str, str]]

    @property
    def cursor(self) -> Cursor | None:
        return read_cursor(self.trail[-1]) if self.trail else None

    @property
    def state(self) -> dict[str, Any]:
        """All that the address carries besides the page."""
        kept: dict[str, Any] = {"tab": self.filter.tab if self.filter.tab != "all" else None}
        return kept | {name: self.form.value(name) or None for name in self._names}

    @property
    def filtered(self) -> bool:
        return any(self.form.value(name) for name in self._names)

    @property
    def _names(self) -> list[str]:
        return ["q", *_PLAIN, "sort", *(field.name for field in self.fields)]

    def url(self, **changes: Any) -> str:
        """The list's address with some of its state changed, on the first page."""
        return url_for("orders.index", **{**self.state, **changes})

    def page_url(self, trail: Sequence[str]) -> str:
        return self.url(after=list(trail)[-_MOST_PAGES:])

    def chips(self) -> list[tuple[str, str]]:
        """(sentence, address without it) of each filter that is set."""
        labels: dict[str, tuple[str, Mapping[str, str]]] = {
            "channel": (_("Channel"), dict(self.channels)),
            "type": (_("Order type"), dict(self.types)),
            "hold": (_("Hold"), {key: str(word) for key, word in HOLD.items()}),
            "customer": (_("Customer"), {}),
            "from": (_("Placed from"), {}),
            "to": (_("Placed until"), {}),
            "min": (_("Total from"), {}),
            "max": (_("Total up to"), {}),
            "sort": (_("Order of the list"), dict(self.sorts)),
            **{field.name: (field.label, dict(field.options)) for field in self.fields},
        }
        found = []
        for name, (label, words) in labels.items():
            value = self.form.value(name)
            if value:
                said = _("{name}: {value}", name=label, value=words.get(value, value))
                found.append((said, self.url(**{name: None})))
        return found


def read_asked(work: Work, arguments: MultiDict[str, str]) -> Asked:
    """Faults stand in the form; what has one does not filter, except a customer that does not exist."""
    fields = filter_inputs(work, "order")
    names = ["q", *_PLAIN, "sort", *(field.name for field in fields)]
    form = Form.of(**{name: arguments.get(name, "").strip()[:_LONGEST_SEARCH] for name in names})
    tab = arguments.get("tab", "all")
    wanted = OrderFilter(
        tab=tab if tab in TABS else "all",
        search=form.value("q"),
        channel=form.value("channel") or None,
        order_type=form.value("type") or None,
        hold_type=form.value("hold") or None,
        customer_id=_customer(work, form),
        placed_from=_day(form, "from"),
        placed_to=_day(form, "to"),
        total_from=_amount(form, "min"),
        total_to=_amount(form, "max"),
        fields=_own(work, form, fields),
    )
    locale = current_locale()
    return Asked(
        form=form,
        filter=wanted,
        trail=[
            each
            for each in arguments.getlist("after")
            if (cursor := read_cursor(each)) is not None and cursor_fits(wanted.fields, cursor)
        ][-_MOST_PAGES:],
        fields=fields,
        sorts=sort_options(work, "order"),
        types=[(key, name_in(names_of, locale)) for key, names_of in order_types(work).items()],
        channels=channels(),
    )


def channels() -> list[tuple[str, str]]:
    """(key, name) of every channel that orders may come from."""
    locale = current_locale()
    return [(term.id, term.label(locale)) for term in build_registry().vocabulary("channels").terms.values()]


def write_cursor(cursor: Cursor) -> str:
    plain = f"{(cursor.placed_at - _EPOCH) // _MICROSECOND}.{to_text('ord', cursor.id)}"
    return plain if cursor.value is None else f"{plain}.{cursor.value}"


def read_cursor(text: str) -> Cursor | None:
    """None where it is not one of ours."""
    moment, _dot, rest = text.partition(".")
    row, dot, value = rest.partition(".")
    row_id = from_text("ord", row)
    if row_id is None or not moment.isdecimal() or len(moment) > 17:
        return None
    return Cursor(_EPOCH + int(moment) * _MICROSECOND, row_id, value[:250] if dot else None)


def _customer(work: Work, form: Form) -> UUID | None:
    number = form.value("customer")
    if not number:
        return None
    try:
        return customer_id_of(work, number)
    except CustomerNotFound:
        form.errors["customer"] = _(NO_SUCH_CUSTOMER)
        return NOBODY


def _day(form: Form, name: str) -> date | None:
    text = form.value(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        form.errors[name] = _(NOT_A_DAY)
        return None


def _amount(form: Form, name: str) -> Decimal | None:
    text = form.value(name).replace(",", "")
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > _GREATEST:
        form.errors[name] = _(NOT_AN_AMOUNT)
        return None
    return amount


def _own(work: Work, form: Form, fields: Sequence[FilterInput]) -> FieldFilter:
    """Faults stand beside their inputs; what has one does not filter."""
    asked = {field.name: form.value(field.name) for field in fields}
    found, problems = read_filters(work, "order", asked, form.value("sort"))
    for problem in problems:
        form.errors.setdefault(problem.pointer.lstrip("/"), said(problem.message, problem.facts))
    return found
