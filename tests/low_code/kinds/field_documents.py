"""Definitions of custom fields, spelled out as far as a test needs them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from low_code.kinds.fields.compile import EntityFields
from low_code.registry.checking import check_document
from tests.support.low_code import MOMENT, a_configuration, named

ROW = {"order": {"total": Decimal(100), "channel": "shop", "rush": True}}


def field(key: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"id": f"f_{key}", "key": key, "labels": named(key.title()), "type": kind, **more}


def option(option_id: str, **more: Any) -> dict[str, Any]:
    return {"id": option_id, "labels": named(option_id), **more}


def order_fields(*definitions: dict[str, Any], **more: Any) -> EntityFields:
    """The compiled document; it must be without faults."""
    configuration = a_configuration({"fields/order": {"fields": list(definitions), **more}})
    assert check_document("fields", "order", configuration.body("fields", "order"), configuration) == []
    compiled: EntityFields = configuration.compiled("fields", "order")
    return compiled


def problems(fields: EntityFields, values: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    outcome = fields.validate_values(values, **{"row": ROW, "moment": MOMENT, **more})
    return [(problem.pointer, problem.code) for problem in outcome.problems]


def kept(fields: EntityFields, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is kept of values without faults."""
    outcome = fields.validate_values(values, **{"row": ROW, "moment": MOMENT, **more})
    assert outcome.problems == []
    return outcome.values


def findings(*definitions: dict[str, Any], entity: str = "order", **documents: Any) -> list[tuple[str, str]]:
    """(pointer, code) of everything that a check says of the definitions."""
    body = {"fields": list(definitions)}
    configuration = a_configuration({**documents, f"fields/{entity}": body})
    return [(one.pointer, one.code) for one in check_document("fields", entity, body, configuration)]
