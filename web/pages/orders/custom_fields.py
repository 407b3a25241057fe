"""The tenant's own order fields as pages show them and filter by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import configuration
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.readers import Unreadable
from low_code.kinds.fields.types import OPTION_TYPES, TEXT_TYPES
from tenants.access.queries import name_in
from web.http.principals import signed_in

_ORDER = "order"
_FILTERED = TEXT_TYPES | OPTION_TYPES | {"integer", "decimal", "percent", "bool", "date"}
YES, NO = N_("Yes"), N_("No")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One field. options: (value, label) each, for fields that are chosen from a list"""

    key: str
    label: str
    type: str
    options: Sequence[tuple[str, str]]
    definition: FieldDefinition

    @property
    def input_type(self) -> str:
        return "date" if self.type == "date" else "text"

    def read(self, text: str) -> Any:
        """The value that `text` means in an equality filter. Raises Unreadable."""
        if self.type == "multi_option":
            return [text]
        return self.definition.read(text)

    def show(self, value: Any) -> str:
        """A kept value as people read it."""
        labels = dict(self.options)
        if isinstance(value, bool):
            return _(YES) if value else _(NO)
        if isinstance(value, list):
            return ", ".join(labels.get(str(each), str(each)) for each in value)
        if isinstance(value, Mapping):
            return " ".join(str(each) for each in value.values())
        return labels.get(str(value), str(value))


def order_fields(work: Work, *, searchable: bool = False) -> list[ShownField]:
    """The published order fields that who asks may see, in the order of the document.

    searchable  only those that the list can be filtered by
    """
    in_force = configuration(work)
    body = in_force.body("fields", _ORDER)
    if body is None:
        return []
    compiled: EntityFields = in_force.compiled("fields", _ORDER)
    user = signed_in().user
    roles = user.role_keys if user else None
    options = {each["key"]: each.get("options", ()) for each in body["fields"]}
    return [
        ShownField(
            key=key,
            label=name_in(definition.labels, current_locale()),
            type=definition.type,
            options=_options(definition, options[key]),
            definition=definition,
        )
        for key, definition in compiled.fields.items()
        if definition.may_view(roles)
        and (not searchable or (definition.search == "eq" and not definition.retired and definition.type in _FILTERED))
    ]


def _options(definition: FieldDefinition, options: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    if definition.type == "bool":
        return [("true", _(YES)), ("false", _(NO))]
    return [(option["id"], name_in(option["labels"], current_locale())) for option in options]


__all__ = ["ShownField", "Unreadable", "order_fields"]
