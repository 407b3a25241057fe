"""The tenant's own fields in a chunk: judged by the functions that judge a single order, on values that one statement
brought for all of it. Companies whose fields read nothing around them pay for reading their texts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.i18n import translate
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.from_text import typed_value
from low_code.kinds.fields.known import Known
from oms.fields.known import find_known
from oms.fields.reserve_numbers import reserve_numbers
from oms.mass.chunk_context import Context, read_contexts
from oms.mass.errors import ROW_FAULTS
from oms.placement.custom_values import LINE, ORDER, CustomValues, Given, judge_given, reads_prices
from oms.placement.policy import OrderPolicy

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

_ORDERS = """
SELECT DISTINCT ON (m.seq) m.seq, m.row_no, m.outside_number, m.values FROM m_rows m ORDER BY m.seq, m.row_no
"""
# The first of several rows that came together in a line speaks for it.
_LINES = """
SELECT l.seq, l.id, l.line_no, r.row_no, r.values FROM m_lines l
JOIN m_rows r ON r.seq = l.seq AND r.row_no = l.row_no ORDER BY l.seq, l.line_no
"""
_FAULTS = """
INSERT INTO import_problems
  (tenant_id, id, run_id, row_no, outside_number, field, value, code, message, facts, severity)
SELECT %(tenant)s, new_id(), %(run)s, x.row_no, x.outside_number, x.field, x.value, x.code, x.message, x.facts, 'error'
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (row_no int, outside_number text, field text, value text, code text, message text, facts jsonb)
"""
_KEEP_LINES = """
UPDATE m_lines l SET custom = x.custom FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, custom jsonb)
WHERE l.id = x.id
"""
PREFIX, LINE_PREFIX = "custom.", "line.custom."


@dataclass(slots=True)
class _Line:
    id: UUID
    row_no: int
    texts: Mapping[str, str]
    given: dict[str, Any]
    known: Known = field(default_factory=Known)


@dataclass(slots=True)
class _Order:
    seq: int
    row_no: int
    outside_number: str
    texts: Mapping[str, str]
    given: dict[str, Any]
    known: Known = field(default_factory=Known)
    lines: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class ChunkFields:
    """The custom values of a chunk on their way. orders: by seq; custom: what is kept so far"""

    orders: dict[int, _Order]
    custom: dict[int, CustomValues] = field(default_factory=dict)
    waiting: dict[int, tuple[Problem, ...]] = field(default_factory=dict)


def read_custom_fields(
    work: Work, settings: ImportSettings, policy: OrderPolicy, parameters: dict[str, Any]
) -> ChunkFields:
    """Judges the values before prices are settled. What does not fit becomes a fault of its row, unless it is to be
    judged again when they are."""
    if policy.order_fields is None and policy.line_fields is None:
        return ChunkFields({})
    chunk = ChunkFields(_read(work, policy))
    _look_up(work, policy, chunk)
    contexts = read_contexts(work, settings, chunk.orders, priced=False) if _reads_around(policy) else {}
    _judge(work, policy, chunk, contexts, settings)
    if not judged_again(policy):
        _report(work, chunk, parameters)
    return chunk


def judged_again(policy: OrderPolicy) -> bool:
    """Whether custom values are computed from prices."""
    return reads_prices(policy.order_fields) or reads_prices(policy.line_fields)


def complete_custom_fields(
    work: Work, settings: ImportSettings, policy: OrderPolicy, parameters: dict[str, Any], chunk: ChunkFields
) -> None:
    """Judges the values again, with prices and amounts; faults take their orders out of the chunk."""
    contexts = read_contexts(work, settings, chunk.orders, priced=True)
    priced = {seq: chunk.orders[seq] for seq in contexts}
    _judge(work, policy, ChunkFields(priced, chunk.custom, chunk.waiting), contexts, settings)
    bad = _report(work, chunk, parameters)
    if bad:
        work.execute("UPDATE m_orders SET bad = true WHERE known IS NULL AND seq = ANY(%(seqs)s)", {"seqs": bad})


def keep_custom_values(work: Work, chunk: ChunkFields) -> None:
    """Writes what is kept beside the chunk's orders and lines."""
    orders = [{"seq": seq, "custom": values.order} for seq, values in chunk.custom.items() if values.order]
    lines = [
        {"id": line.id, "custom": own}
        for seq, values in chunk.custom.items()
        for line, own in zip(chunk.orders[seq].lines, values.lines, strict=True)
        if own
    ]
    if orders:
        work.execute(
            "UPDATE m_orders o SET custom = x.custom"
            " FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (seq int, custom jsonb) WHERE o.seq = x.seq",
            {"rows": dumps(orders)},
        )
    if lines:
        work.execute(_KEEP_LINES, {"rows": dumps(lines)})


def _read(work: Work, policy: OrderPolicy) -> dict[int, _Order]:
    orders = {}
    for row in work.rows(_ORDERS):
        texts = _texts(row.values, PREFIX)
        given = _given(work, policy.order_fields, texts)
        orders[row.seq] = _Order(row.seq, row.row_no, row.outside_number, texts, given)
    if policy.line_fields is not None:
        for row in work.rows(_LINES):
            texts = _texts(row.values, LINE_PREFIX)
            line = _Line(row.id, row.row_no, texts, _given(work, policy.line_fields, texts))
            orders[row.seq].lines.append(line)
    return orders


def _texts(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in values.items() if name.startswith(prefix)}


def _given(work: Work, fields: EntityFields | None, texts: Mapping[str, str]) -> dict[str, Any]:
    """The texts of a file as values; of fields that are not there as they stand."""
    known = fields.fields if fields else {}
    tenant = work.tenant
    return {
        key: typed_value(known[key], text, currency=tenant.currency, zone=tenant.zone) if key in known else text
        for key, text in texts.items()
    }


def _look_up(work: Work, policy: OrderPolicy, chunk: ChunkFields) -> None:
    """What all values name, and numbers for the rows that want some: a statement per kind of thing."""
    orders = list(chunk.orders.values())
    if policy.order_fields is not None:
        fields = policy.order_fields
        found = find_known(work, ORDER, {one for order in orders for one in fields.wanted(order.given)})
        numbers = reserve_numbers(work, ORDER, fields.numbers_wanted(), rows=len(orders))
        for order, own in zip(orders, numbers, strict=True):
            order.known = replace(found, numbers=own)
    lines = [line for order in orders for line in order.lines]
    if policy.line_fields is not None and lines:
        fields = policy.line_fields
        found = find_known(work, LINE, {one for line in lines for one in fields.wanted(line.given)})
        numbers = reserve_numbers(work, LINE, fields.numbers_wanted(), rows=len(lines))
        for line, own in zip(lines, numbers, strict=True):
            line.known = replace(found, numbers=own)


def _reads_around(policy: OrderPolicy) -> bool:
    return any(fields is not None and fields.reads for fields in (policy.order_fields, policy.line_fields))


def _judge(
    work: Work, policy: OrderPolicy, chunk: ChunkFields, contexts: Mapping[int, Context], settings: ImportSettings
) -> None:
    plain = {"channel": settings.channel, "order_type": settings.order_type, "currency": work.tenant.currency}
    for seq, order in chunk.orders.items():
        context = contexts.get(seq) or Context(plain, {})
        given = Given(
            order=order.given, lines=[line.given for line in order.lines], known=order.known,
            lines_known=[line.known for line in order.lines],
        )  # fmt: skip
        around = [context.lines.get(line.id, {}) for line in order.lines]
        chunk.custom[seq] = judge_given(work, policy, work.actor.roles, given, context.order, around)
        chunk.waiting[seq] = chunk.custom[seq].problems


def _report(work: Work, chunk: ChunkFields, parameters: dict[str, Any]) -> list[int]:
    """Writes the faults that wait, and says of which orders they are."""
    faults: list[dict[str, Any]] = []
    bad = [seq for seq, problems in chunk.waiting.items() if problems]
    for seq in bad:
        order = chunk.orders[seq]
        faults += [_fault(order, problem) for problem in chunk.waiting[seq]]
    chunk.waiting.clear()
    if faults:
        work.execute(_FAULTS, {**parameters, "rows": dumps(faults)})
    return bad


def _fault(order: _Order, problem: Problem) -> dict[str, Any]:
    parts = problem.pointer.strip("/").split("/")
    line = order.lines[int(parts[1])] if parts[0] == "lines" else None
    key = parts[3] if line else parts[1]
    texts, prefix = (line.texts, LINE_PREFIX) if line else (order.texts, PREFIX)
    return {
        "row_no": line.row_no if line else order.row_no, "outside_number": order.outside_number,
        "field": prefix + key, "value": str(texts.get(key, ""))[:200], "code": problem.code,
        "message": problem.message or ROW_FAULTS["field_invalid"], "facts": dict(problem.facts),
    }  # fmt: skip


def said(message: str, facts: dict[str, Any], locale: str) -> str:
    """A fault in the reader's language."""
    return translate(message, locale, facts)
