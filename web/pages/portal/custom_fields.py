"""The tenant's own order fields as inputs: by type, in the reader's language, as his roles and answers allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kernel.db import Work
from kernel.i18n import current_locale
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.types import FILE_TYPES
from low_code.registry import DocumentUnknown
from oms.carts.cart import CHANNEL, Cart
from tenants.access.queries import name_in
from web.http.forms import Form

# Staff fill these in on the order's page.
_NOT_HERE = FILE_TYPES | {"address", "sub_table", "department"}
_INPUTS = {
    "long_text": "area", "integer": "number", "decimal": "number", "percent": "number", "money": "number",
    "bool": "bool", "date": "date", "datetime": "datetime-local", "option": "option", "multi_option": "options",
    "phone": "tel", "email": "email", "url": "url",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomInput:
    """name     of the form field
    kind     area, bool, option, options, or the type of an <input>
    options  (id, label) each
    """

    key: str
    name: str
    label: str
    help: str
    kind: str
    type: str
    required: bool
    options: list[tuple[str, str]]
    step: str
    default: Any = None


def custom_inputs(work: Work, cart: Cart | None, order_type: str, roles: frozenset[str]) -> list[CustomInput]:
    """The inputs in the order of the document.

    cart  what its conditions hide for what is typed so far is left out; None leaves out nothing
    """
    fields = _fields(work)
    if fields is None:
        return []
    row = {"order": {"channel": CHANNEL, "order_type": order_type, "customer": {}}}
    moment = Environment(now=work.now, today=work.today)
    hidden: frozenset[str] = frozenset()
    if cart is not None:
        hidden = fields.validate_values(cart.custom, row=row, moment=moment, role_keys=roles).hidden
    bodies = {body["key"]: body for body in (configuration(work).body("fields", "order") or {}).get("fields", ())}
    return [
        _input(field, bodies[field.key])
        for field in fields.fields.values()
        if not field.retired and field.key not in hidden and field.may_edit(roles) and field.type not in _NOT_HERE
    ]


def read_custom(form: Form, inputs: list[CustomInput], *, currency: str, zone: str) -> dict[str, Any]:
    """What was typed, as `fields` reads it; empty inputs are left out."""
    read: dict[str, Any] = {}
    for each in inputs:
        value = form.value(each.name).strip()
        if each.kind == "options":
            read[each.key] = form.values_of(each.name)
        elif value and each.type == "money":
            read[each.key] = {"amount": value, "currency": currency}
        elif value and each.type == "datetime":
            read[each.key] = _with_zone(value, zone)
        elif value:
            read[each.key] = value
    return {key: value for key, value in read.items() if value}


def shown_custom(cart: Cart, inputs: list[CustomInput], *, zone: str) -> dict[str, list[str]]:
    """Form field -> what the cart keeps of it, as an input shows it."""
    shown: dict[str, list[str]] = {}
    for each in inputs:
        value = cart.custom.get(each.key, each.default if cart.id is None or not cart.custom else None)
        if isinstance(value, list):
            shown[each.name] = [str(item) for item in value]
        elif isinstance(value, Mapping):
            shown[each.name] = [str(value.get("amount", ""))]
        elif value is not None and each.type == "datetime":
            shown[each.name] = [_local(str(value), zone)]
        elif value is not None:
            shown[each.name] = [str(value).lower() if isinstance(value, bool) else str(value)]
    return shown


def has_conditions(work: Work) -> bool:
    """Whether what is typed into one field may show or hide another."""
    fields = _fields(work)
    return fields is not None and any(field.visible_when for field in fields.fields.values())


def _fields(work: Work) -> EntityFields | None:
    try:
        compiled: EntityFields = configuration(work).compiled("fields", "order")
    except DocumentUnknown:
        return None
    return compiled


def _input(field: FieldDefinition, body: Mapping[str, Any]) -> CustomInput:
    locale = current_locale()
    return CustomInput(
        key=field.key, name=f"custom_{field.key}", label=name_in(field.labels, locale),
        help=name_in(body.get("help", {}), locale), kind=_INPUTS.get(field.type, "text"), type=field.type,
        required=field.required,
        options=[
            (option["id"], name_in(option["labels"], locale))
            for option in body.get("options", ())
            if not option.get("retired")
        ],
        step="1" if field.type == "integer" else "any", default=field.default,
    )  # fmt: skip


def _with_zone(value: str, zone: str) -> str:
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))).isoformat()


def _local(value: str, zone: str) -> str:
    try:
        return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        return value
