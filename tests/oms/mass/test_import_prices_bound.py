"""A file of prices that is too long is refused whole."""

from __future__ import annotations

import io

import pytest

from kernel.db import Work
from oms.mass import import_prices as module
from oms.mass.errors import FileTooLong
from tests.support.builders import a_price, a_sku


def test_a_file_that_is_too_long_saves_nothing(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    a_sku(work, "TEA", price=None)
    list_id = a_price(work, "TEA", "1.00")
    rows = "".join(f"TEA,{n},{n}\n" for n in (5, 6, 7))
    with pytest.raises(FileTooLong):
        module.import_prices(work, list_id, "base", io.BytesIO(f"sku,from quantity,price\n{rows}".encode()), "p.csv")
    count = "SELECT count(*) FROM price_list_entries WHERE tenant_id = %(t)s"
    assert work.scalar(count, {"t": work.tenant_id}) == 1
