"""JSON from anywhere: exact, in any encoding that JSON may have, and never half read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.db import json as exact_json


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_is_read_in_every_encoding_that_it_may_come_in_and_stays_exact(encoding: str) -> None:
    assert exact_json.loads('{"价": 1.10, "n": {}}'.encode(encoding)) == {"价": Decimal("1.10"), "n": {}}


@pytest.mark.parametrize("text", [b"", b"\xff", "NaN", '{"a": Infinity}', "{} {}", "\ufeff{}"])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        exact_json.loads(text)
