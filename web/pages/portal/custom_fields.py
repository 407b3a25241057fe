"""The tenant's own fields in the cart, of the order and of its lines: as the buyer's roles and answers allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from low_code.expressions import Environment
from low_code.kinds.fields.compile import EntityFields
from oms.carts.cart import CHANNEL, Cart
from oms.fields.judge_values import entity_fields
from web.http.forms import Form
from web.pages.own_fields.inputs import OwnInput, make_inputs, make_row_inputs, read_inputs

PREFIX = "custom_"


def line_prefix(number: int) -> str:
    """Of the inputs of the cart's line at this place, counting from 0."""
    return f"line.{number}.cf."


def order_inputs(work: Work, cart: Cart, order_type: str, form: Form) -> list[OwnInput]:
    """The order's inputs, without those that its conditions hide for what is typed so far. `form` gets what the cart
    keeps, where it has not got what was typed."""
    fields = entity_fields(work, "order")
    if fields is None:
        return []
    values = dict(cart.custom)
    if cart.id is None or not values:
        values = {key: one.default for key, one in fields.fields.items() if one.default is not None}
    hidden = _hidden(work, fields, cart.custom, order_type)
    made = make_inputs(work, "order", form, values, prefix=PREFIX)
    return [one for one in made if one.key not in hidden and one.kind != "output"]


def line_inputs(work: Work, cart: Cart, form: Form) -> list[list[OwnInput]]:
    """The inputs of each line, in the order of the lines."""
    rows = [(line_prefix(number), line.custom or {}) for number, line in enumerate(cart.lines)]
    made = make_row_inputs(work, "order_line", form, rows) if rows else []
    return [[one for one in inputs if one.kind not in ("output", "heading")] for inputs in made]


def read_order_inputs(work: Work, sent: Form, cart: Cart | None, order_type: str) -> dict[str, Any]:
    """What was typed, empty inputs left out.

    cart  keeps what it holds of fields that are hidden now; None: only what was sent counts
    """
    given = read_inputs(work, "order", sent, cart.custom if cart else {}, prefix=PREFIX)
    typed = {key: value for key, value in given.items() if value not in (None, "", [])}
    fields = entity_fields(work, "order")
    if cart is None or fields is None:
        return typed
    hidden = _hidden(work, fields, cart.custom, order_type)
    return {**{key: value for key, value in cart.custom.items() if key in hidden}, **typed}


def read_line_inputs(work: Work, sent: Form, number: int, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the line at this place says from now on. kept: what the cart has of it"""
    given = read_inputs(work, "order_line", sent, kept, prefix=line_prefix(number))
    return {key: value for key, value in {**kept, **given}.items() if value not in (None, "", [])}


def has_conditions(work: Work) -> bool:
    """Whether what is typed into one field may show or hide another."""
    fields = entity_fields(work, "order")
    return fields is not None and any(field.visible_when for field in fields.fields.values())


def _hidden(work: Work, fields: EntityFields, values: Mapping[str, Any], order_type: str) -> frozenset[str]:
    row = {"order": {"channel": CHANNEL, "order_type": order_type, "customer": {}}}
    moment = Environment(now=work.now, today=work.today)
    return fields.validate_values(values, row=row, moment=moment, role_keys=work.actor.roles).hidden
