"""JSON that keeps numbers exact, in both directions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: Any) -> str:
    """JSON text; a Decimal becomes a JSON number with all its digits, a UUID or datetime text."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS).decode()


def dumps_pretty(value: Any) -> str:
    """As dumps, indented by two and with sorted keys: the same text for the same value."""
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    return orjson.dumps(value, default=_default, option=options).decode()


def loads(text: str | bytes) -> Any:
    """Python values; a JSON number with a fraction becomes a Decimal, never a float."""
    if isinstance(text, (bytes, bytearray)):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return {} if text == "{}" else _DECODER.decode(text)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


# `json.loads` with options would make a decoder for every value; an order reads a dozen.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
