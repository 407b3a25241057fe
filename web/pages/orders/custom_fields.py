"""The tenant's own order fields: as approvals show and change them, as the list filters and sorts by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.i18n import _, current_locale
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.from_text import typed_value
from oms.fields.asked_filters import may_filter, may_range
from oms.fields.judge_values import entity_fields
from tenants.access.queries import name_in
from web.pages.own_fields.shown import NO, YES, label_of, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One field. options: (value, label) each, for fields that are chosen from a list"""

    key: str
    label: str
    type: str
    options: Sequence[tuple[str, str]]
    definition: FieldDefinition
    currency: str
    zone: str

    @property
    def input_type(self) -> str:
        return "date" if self.type == "date" else "text"

    def read(self, text: str) -> Any:
        """The value that `text` means. Raises Unreadable."""
        return self.definition.read(typed_value(self.definition, text, currency=self.currency, zone=self.zone))

    def show(self, value: Any) -> str:
        """A kept value as people read it."""
        return text_of(self.definition, value, zone=self.zone)


def order_fields(work: Work) -> list[ShownField]:
    """The order fields that who asks may see whole, in the order of the document."""
    fields = entity_fields(work, "order")
    return [
        ShownField(
            key=key, label=label_of(one), type=one.type, definition=one, currency=work.tenant.currency,
            zone=work.tenant.zone, options=_options(one),
        )
        for key, one in (fields.fields.items() if fields else ())
        if one.has_value and one.may_view(work.actor.roles)
    ]  # fmt: skip


def _options(field: FieldDefinition) -> list[tuple[str, str]]:
    if field.type == "bool":
        return [("true", _(YES)), ("false", _(NO))]
    return [(key, name_in(labels, current_locale()) or key) for key, labels in field.option_labels.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterInput:
    """One input of the filter panel. name: of the address; options: (value, label) each, [] for free text"""

    name: str
    label: str
    type: str
    options: Sequence[tuple[str, str]] = ()


def filter_inputs(work: Work, entity: str) -> list[FilterInput]:
    """What the reader may filter by: values, from and to of indexed numbers and days, words of searched texts."""
    fields = entity_fields(work, entity)
    return [
        made
        for field in (fields.fields.values() if fields else ())
        if may_filter(field, work.actor.roles)
        for made in _inputs(field)
    ]


def sort_options(work: Work, entity: str) -> list[tuple[str, str]]:
    """(value of `sort`, label) of each order that the list can have by indexed fields."""
    fields = entity_fields(work, entity)
    found = []
    for field in fields.fields.values() if fields else ():
        if field.slot and may_filter(field, work.actor.roles):
            label = label_of(field)
            found += [(f"cf.{field.key}", _("{name}, lowest first", name=label))]
            found += [(f"-cf.{field.key}", _("{name}, highest first", name=label))]
    return found


def _inputs(field: FieldDefinition) -> Iterator[FilterInput]:
    name, label = f"cf.{field.key}", label_of(field)
    kind = "date" if field.kept_as in ("date", "datetime") else "text"
    if may_range(field):
        yield FilterInput(name=f"{name}.min", label=_("{name} from", name=label), type=kind)
        yield FilterInput(name=f"{name}.max", label=_("{name} up to", name=label), type=kind)
    elif field.search == "text":
        yield FilterInput(name=f"{name}.contains", label=_("{name} contains", name=label), type="text")
    elif field.kept_as == "bool":
        yield FilterInput(name=name, label=label, type="text", options=[("true", _(YES)), ("false", _(NO))])
    elif field.options:
        options = [(key, name_in(labels, current_locale()) or key) for key, labels in field.option_labels.items()]
        yield FilterInput(name=name, label=label, type="text", options=options)
    elif field.kept_as != "datetime":
        yield FilterInput(name=name, label=label, type=kind)
