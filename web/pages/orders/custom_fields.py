"""The tenant's own order fields, as approvals show and change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.i18n import _, current_locale
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.from_text import typed_value
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
