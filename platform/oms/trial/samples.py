"""An order as a text that people edit: what was recorded of one, or one that was never placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid
from kernel.i18n import N_
from kernel.ids import new_id
from low_code.diagnostics import Diagnostic
from low_code.expressions import BOOL, DATE, NUMBER, STRING, FieldSpec, Subject
from low_code.registry import Configuration
from low_code.registry.samples import read_sample
from oms.credit.position import CreditPosition
from oms.fields.judge_values import seen_whole
from oms.orders.subject import ORDER
from oms.trial.recorded import RecordedLine, RecordedOrder

MISSING = N_("“{property}” is missing.")
MUST_BE_MORE = N_("This must be more than {limit}.")
NOT_UNITS = N_("Stock is said by location and SKU, in units of 0 or more.")
_BUCKETS = ("open_orders", "unbilled_shipments", "open_invoices", "overdue", "unapplied_payments")
_COMPUTED = frozenset({"net_total", "tax_total", "total", "line_count", "quantity", "discount_percent"})
_COMPUTED_OF_LINE = frozenset({"unit_price", "amount", "net", "gross", "discount_percent"})


def sample_subject(documents: Configuration) -> Subject:
    """What a sample may say: the order before prices, with what prices, credit and stock are decided on."""
    fields = {
        path: spec
        for path, spec in documents.subject("order").all_fields().items()
        if path.removeprefix("order.") not in _COMPUTED and path.removeprefix("order.lines.") not in _COMPUTED_OF_LINE
    }
    return Subject(
        ORDER.name,
        {
            **fields,
            "order.placed_on": FieldSpec(DATE),
            "order.lines.list_price": FieldSpec(NUMBER),
            "order.lines.tax_rate": FieldSpec(NUMBER),
            "credit.account": FieldSpec(STRING),
            "credit.currency": FieldSpec(STRING),
            "credit.limit": FieldSpec(NUMBER),
            "credit.blocked": FieldSpec(BOOL),
            **{f"credit.{name}": FieldSpec(NUMBER) for name in _BUCKETS},
        },
    )


def sample_of(work: Work, order: RecordedOrder) -> dict[str, Any]:
    """The text of a recorded order; `read_order` reads it back to an order that is decided alike. Custom values that
    the actor does not see whole are left out, and taken from the recorded order again."""

    def own(entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        seen = seen_whole(work, entity, values)
        return {"cf": seen} if seen else {}

    sample: dict[str, Any] = {
        "order": {
            "order_type": order.order_type, "channel": order.channel, "currency": order.currency,
            "placed_on": order.placed_on.isoformat(),
            "requested_on": order.requested_on.isoformat() if order.requested_on else None,
            "priority": str(order.priority),
            "promise_on": order.promise_on.isoformat() if order.promise_on else None,
            "outside_number": order.outside_number, "buyer_note": order.buyer_note, "tags": list(order.tags),
            "customer": {
                **{name: value for name, value in order.customer.items() if name != "cf"},
                "payment_terms_days": _text(order.customer["payment_terms_days"]),
                **own("customer", order.customer["cf"]),
            },
            "ship_to": {name: order.ship_to.get(name) for name in ("country", "region", "city", "postal_code")},
            **own("order", order.cf),
            "lines": [
                {
                    "sku": line.sku, "product": line.product, "category": line.category, "brand": line.brand,
                    "quantity": _text(line.ordered), "list_price": _text(line.list_price),
                    "tax_rate": _text(line.tax_rate), **own("order_line", line.cf),
                }
                for line in order.lines
            ],
        }
    }  # fmt: skip
    if order.account is not None:
        account = order.account
        sample["credit"] = {
            "account": account.number, "currency": account.currency, "limit": _limit(account.credit_limit),
            "blocked": account.blocked, **{name: _text(getattr(account, name)) for name in _BUCKETS},
        }  # fmt: skip
    elif order.credit_known:
        sample["credit"] = None
    if order.positions is not None:
        sample["stock"] = {key: {s: _text(u) for s, u in units.items()} for key, units in order.positions.items()}
    return sample


def read_order(work: Work, given: Any, documents: Configuration, like: RecordedOrder | None = None) -> RecordedOrder:
    """The order of a sample, at this moment.

    like    the recorded order that the sample was made of, for what the text does not hold (who, at which hour)

    raises  Invalid with every fault and its pointer
    """
    stock = given.get("stock") if isinstance(given, Mapping) else None
    rest = {name: value for name, value in given.items() if name != "stock"} if isinstance(given, Mapping) else given
    credit_said = isinstance(rest, Mapping) and "credit" in rest
    if credit_said and rest["credit"] is None:
        rest = {name: value for name, value in rest.items() if name != "credit"}
    values, problems = read_sample(rest, sample_subject(documents))
    order = values.get("order", {})
    for name in ("order_type", "channel", "lines"):
        if not order.get(name) and not any(each.pointer.startswith(f"/order/{name}") for each in problems):
            problems.append(_missing(f"/order/{name}", name))
    lines = [_line(line, index, problems) for index, line in enumerate(order.get("lines", ()))]
    positions = _positions(stock, problems)
    if problems:
        raise Invalid(problems=[problem.problem() for problem in problems])
    on = order.get("placed_on") or (like.placed_on if like else work.today)
    at = like.placed_at if like and like.placed_on == on else datetime.combine(on, time(12), UTC)
    if not like and on == work.today:
        at = work.now
    customer = {name: value for name, value in order.get("customer", {}).items() if value is not None}
    if like and customer.get("number", like.customer["number"]) == like.customer["number"]:
        customer["cf"] = _with_unseen(work, "customer", customer.get("cf", {}), like.customer["cf"])
    return RecordedOrder(
        id=like.id if like else new_id(), number=like.number if like else "", order_type=order["order_type"],
        channel=order["channel"], currency=order.get("currency") or work.tenant.currency, placed_at=at, placed_on=on,
        ship_to=order.get("ship_to", {}), requested_on=order.get("requested_on"),
        buyer_note=order.get("buyer_note") or "", tags=order.get("tags") or (),
        outside_number=order.get("outside_number"),
        cf=_with_unseen(work, "order", order.get("cf", {}), like.cf if like else {}),
        customer={
            "number": "", "name": "", "kind": "", "group": None, "tags": [], "grade": None,
            "payment_terms_days": Decimal(0), "ship_complete": False, "cf": {},
            **customer,
        },
        submitter=like.submitter if like else work.actor.id, account=_account(values.get("credit"), order, work),
        credit_known=credit_said, prepay_percent=like.prepay_percent if like else None, positions=positions,
        customer_id=like.customer_id if like else UUID(int=0), coupons=like.coupons if like else {},
        freight_tax_rate=like.freight_tax_rate if like else None, lines=_like(work, tuple(lines), like),
        priority=int(order.get("priority") or 5), promise_on=order.get("promise_on"),
    )  # fmt: skip


def _line(line: Mapping[str, Any], index: int, problems: list[Diagnostic]) -> RecordedLine:
    here = f"/order/lines/{index}"
    for name in ("sku", "quantity", "list_price"):
        if line.get(name) is None and not any(each.pointer.startswith(f"{here}/{name}") for each in problems):
            problems.append(_missing(f"{here}/{name}", name))
    quantity = line.get("quantity")
    if quantity is not None and quantity <= 0:
        problems.append(
            Diagnostic(pointer=f"{here}/quantity", code="too_small", message=MUST_BE_MORE, facts={"limit": 0})
        )
    return RecordedLine(
        id=new_id(), line_no=index + 1, sku_id=UUID(int=index), sku=line.get("sku") or "",
        product=line.get("product") or "", category=line.get("category") or "", brand=line.get("brand") or "",
        ordered=quantity or Decimal(1), list_price=line.get("list_price") or Decimal(0),
        tax_rate=line.get("tax_rate") or Decimal(0), floor_price=None, cf=line.get("cf", {}),
    )  # fmt: skip


def _like(work: Work, lines: tuple[RecordedLine, ...], like: RecordedOrder | None) -> tuple[RecordedLine, ...]:
    """Lines of one SKU share its stock, so they share its id."""
    ids = {line.sku: line.sku_id for line in like.lines} if like else {}
    recorded = {(line.line_no, line.sku): line.cf for line in like.lines} if like else {}
    return tuple(
        replace(
            line,
            sku_id=ids.setdefault(line.sku, line.sku_id),
            cf=_with_unseen(work, "order_line", line.cf, recorded.get((line.line_no, line.sku), {})),
        )
        for line in lines
    )


def _with_unseen(work: Work, entity: str, given: Mapping[str, Any], recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """With what the text of a recorded order left out because the actor may not see it."""
    seen = seen_whole(work, entity, recorded)
    return {**{key: value for key, value in recorded.items() if key not in seen}, **given}


def _account(credit: Mapping[str, Any] | None, order: Mapping[str, Any], work: Work) -> CreditPosition | None:
    if credit is None:
        return None
    amounts: dict[str, Any] = {name: credit.get(name) or Decimal(0) for name in _BUCKETS}
    return CreditPosition(
        number=credit.get("account") or "", credit_limit=credit.get("limit") or Decimal(0), raised_limit=None,
        raised_until=None, blocked=bool(credit.get("blocked")),
        currency=credit.get("currency") or order.get("currency") or work.tenant.currency, **amounts,
    )  # fmt: skip


def _positions(stock: Any, problems: list[Diagnostic]) -> dict[str, dict[str, Decimal]] | None:
    if stock is None:
        return None
    units = Subject("stock", {"stock.units": FieldSpec(NUMBER)})
    found: dict[str, dict[str, Decimal]] = {}
    for key, of_place in stock.items() if isinstance(stock, Mapping) else ():
        for sku, value in of_place.items() if isinstance(of_place, Mapping) else ():
            read, wrong = read_sample({"stock": {"units": value}}, units)
            number = read.get("stock", {}).get("units")
            if wrong or number is None or number < 0:
                break
            found.setdefault(str(key), {})[str(sku)] = number
        else:
            if isinstance(of_place, Mapping):
                continue
        problems.append(Diagnostic(pointer=f"/stock/{key}", code="not_units", message=NOT_UNITS))
    if not isinstance(stock, Mapping):
        problems.append(Diagnostic(pointer="/stock", code="not_units", message=NOT_UNITS))
    return found


def _limit(limit: Decimal | None) -> str | None:
    return None if limit is None else _text(limit)


def _missing(pointer: str, name: str) -> Diagnostic:
    return Diagnostic(pointer=pointer, code="required", message=MISSING, facts={"property": name})


def _text(value: Decimal) -> str:
    return format(value.normalize(), "f")
