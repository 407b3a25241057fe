"""What is left of a trace for who may not see everything that was read."""

from __future__ import annotations

import json
from typing import Any

from low_code.expressions.explain import MAX_PARTS
from low_code.traces import Restricted, redact


def leaf(path: str, value: Any) -> dict[str, Any]:
    return {"pointer": "/x", "path": path, "value": value}


def call(op: str, value: Any, *operands: Any) -> dict[str, Any]:
    return {"pointer": "", "op": op, "value": value, "operands": list(operands)}


def constant(value: Any) -> dict[str, Any]:
    return {"pointer": "/1", "value": value}


def restricted(path: str) -> Any:
    return {"row.secret": lambda _value: None, "row.account": lambda value: f"••••{value[-2:]}"}.get(path)


RESTRICTED: Restricted = restricted


def test_what_was_computed_from_a_secret_or_compared_with_it_goes() -> None:
    secret = call("==", True, call("+", "47", leaf("row.secret", "40"), constant("7")), leaf("row.open", "47"))
    seen = redact(
        {"why": call("and", True, secret, call(">", True, leaf("row.open", "47"), constant("3")))}, RESTRICTED
    )
    one, other = seen["why"]["operands"]

    assert seen["why"]["value"] is True
    assert "40" not in json.dumps(one) and "47" not in json.dumps(one) and "value" not in json.dumps(one)
    assert other == call(">", True, leaf("row.open", "47"), constant("3"))


def test_a_mask_shows_what_it_shows_elsewhere() -> None:
    seen = redact(call("==", False, leaf("row.account", "0815"), constant("0816")), RESTRICTED)

    assert seen["operands"][0] == {"pointer": "/x", "path": "row.account", "hidden": True, "value": "••••15"}
    assert "value" not in seen["operands"][1]


def test_the_answer_stays_only_where_it_is_yes_or_no() -> None:
    assert "value" not in redact(call("+", "8", leaf("row.secret", "5"), constant("3")), RESTRICTED)
    assert "value" not in redact(leaf("row.secret", True), RESTRICTED)


def test_inputs_by_path_are_masked_or_left_out() -> None:
    trace = {"inputs": {"row.secret": "1", "row.account": "0815", "row.open": "2"}, "outcome": "hold"}

    assert redact(trace, RESTRICTED) == {"inputs": {"row.account": "••••15", "row.open": "2"}, "outcome": "hold"}


def test_rows_are_told_apart_from_no_sum() -> None:
    rows = {"pointer": "", "op": "sum", "path": "row.lines", "value": "9", "rows": 2,
            "of_rows": [{"row": 0, **leaf("row.secret", "4")}, {"row": 1, **leaf("row.secret", "5")}]}  # fmt: skip

    seen = redact(call(">", True, rows, constant("8")), RESTRICTED)

    assert seen["value"] is True
    assert not {"4", "5", "8", "9"} & set(json.dumps(seen).split('"'))


def test_a_tree_too_large_to_be_told_whole_shows_its_answer_alone() -> None:
    parts = [call(">", True, leaf("row.open", "1"), constant("0")) for _ in range(MAX_PARTS // 3)]

    seen = redact(call("and", True, *parts), RESTRICTED)

    assert seen["value"] is True and "value" not in json.dumps(seen["operands"])
