"""An approval flow, made ready for `low_code.flows`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from low_code.expressions import Environment, compile_closure
from low_code.flows.build import build_flow
from low_code.flows.business_time import USUAL, BusinessCalendar
from low_code.flows.people import TableLookup
from low_code.flows.tree import Condition, Flow
from low_code.registry import Configuration
from low_code.registry.addresses import address
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed

USUAL_CALENDAR = "standard"  # the document that counts where a flow names none


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFlow:
    """The flow, and the document it came from: what a running approval stays pinned to.

    sources  (address, content hash) of all documents that the flow was made of
    """

    flow: Flow
    document: DocumentUsed
    sources: frozenset[tuple[str, str]]


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> CompiledFlow:
    subject = configuration.subject(body["subject"]["of"])
    used = {address("approval_flow", key)}

    def condition(expression: Any) -> Condition:
        return compile_closure(checked_expression(expression, subject))

    def called(flow_key: str) -> Mapping[str, Any]:
        used.add(address("approval_flow", flow_key))
        found = configuration.body("approval_flow", flow_key)
        assert found is not None, "references are checked before anything is published"
        return dict(found)

    def table(entry: Mapping[str, Any]) -> TableLookup:
        used.add(address("decision_table", entry["key"]))
        return _table_lookup(entry, configuration)

    calendar, calendar_key = _calendar(body, configuration)
    if calendar_key:
        used.add(address("calendar", calendar_key))
    flow = build_flow(key, body, condition, called=called, table=table, calendar=calendar)
    return CompiledFlow(
        flow=flow,
        document=configuration.document_used("approval_flow", key),
        sources=frozenset((name, configuration.hashes.get(name, "")) for name in used),
    )


def _calendar(body: Mapping[str, Any], configuration: Configuration) -> tuple[BusinessCalendar, str]:
    key = body.get("calendar", USUAL_CALENDAR)
    if configuration.body("calendar", key) is None:
        return USUAL, ""
    found: BusinessCalendar = configuration.compiled("calendar", key)
    return found, key


def _table_lookup(entry: Mapping[str, Any], configuration: Configuration) -> TableLookup:
    """What the table's deciding rows name; text, or texts."""
    table, output = configuration.compiled("decision_table", entry["key"]), entry["output"]

    def look_up(values: Mapping[str, Any], moment: Environment) -> Sequence[str]:
        result = table.evaluate(values, moment)
        found = [hit.get(output) for hit in result.hits] or [result.outputs.get(output)]
        return [name for value in found for name in (value if isinstance(value, list | tuple) else [value]) if name]

    return look_up
