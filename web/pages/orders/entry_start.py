"""What an entry begins with: nothing, a draft, a copy of an order, or a template."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from kernel.db import Work
from kernel.ids import from_text
from oms.intake.drafts import read_draft
from oms.intake.templates import read_template
from oms.orders.read_order import read_order
from oms.placement.commands import DEFAULT_PRIORITY
from web.http.forms import Form
from web.pages.own_fields.inputs import make_inputs, make_row_inputs


def begin_entry(work: Work, asked: Mapping[str, str]) -> Form:
    """The form as the address asks for it. Raises DraftUnknown, OrderNotFound, TemplateUnknown where it names one that
    is not there."""
    customer = asked.get("customer", "")[:100].replace("\0", "")
    if (draft := from_text("drf", asked.get("draft", ""))) is not None:
        content = read_draft(work, draft)
        texts = {name: [str(text) for text in values] for name, values in content.items() if isinstance(values, list)}
        return Form(values={**texts, "draft": [asked["draft"]]})
    if (order := from_text("ord", asked.get("copy", ""))) is not None:
        return _copied(work, order)
    if (template := from_text("otp", asked.get("template", ""))) is not None:
        found = read_template(work, template)
        form = _of_lines([(line["sku"], line["quantity"], line.get("unit", "")) for line in found.lines])
        form.values |= {"customer": [customer or found.customer_number or ""],
                        "type": [str(found.content.get("order_type", ""))],
                        "priority": [str(DEFAULT_PRIORITY)]}  # fmt: skip
        return form
    return Form.of(customer=customer, priority=str(DEFAULT_PRIORITY))


def _copied(work: Work, order_id: UUID) -> Form:
    """The order's goods as they were ordered, without what was cancelled, with own fields of the order that a new one
    may have."""
    detail = read_order(work, order_id, with_history=False)
    lines, customs = [], []
    for line in detail.lines:
        left = line.ordered - line.cancelled
        if left <= 0:
            continue
        whole = left == line.ordered
        units = line.unit_quantity if whole else left
        lines.append((line.sku, f"{units.normalize():f}", line.unit if whole else ""))
        customs.append(line.custom)
    form = _of_lines(lines)
    form.values |= {
        "customer": [detail.order.customer_number],
        "type": [detail.order.order_type],
        "note": [detail.order.buyer_note],
        "priority": [str(detail.order.priority)],
    }
    make_inputs(work, "order", form, detail.order.custom, files=False)  # writes the texts into the form
    _copy_line_fields(work, form, customs)
    return form


def _copy_line_fields(work: Work, form: Form, customs: list[Mapping[str, object]]) -> None:
    """Own fields of lines: larger inputs stand below a row under its number, small ones in the row, by position."""
    numbers = [str(number) for number in range(1, len(customs) + 1)]
    rows = [(f"line.{number}.cf.", custom) for number, custom in zip(numbers, customs, strict=True)]
    made = make_row_inputs(work, "order_line", form, rows, files=False) if rows else []
    form.values["row"] = numbers
    for key in dict.fromkeys(one.key for inputs in made for one in inputs):
        form.values[f"line.cf.{key}"] = [form.value(f"line.{number}.cf.{key}") for number in numbers]


def _of_lines(lines: list[tuple[str, str, str]]) -> Form:
    return Form(
        values={
            "sku": [sku for sku, _, _ in lines],
            "quantity": [quantity for _, quantity, _ in lines],
            "unit": [unit for _, _, unit in lines],
        }
    )
