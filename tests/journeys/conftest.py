"""An installation of real processes on a database of its own, and a company that sells tea."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from kernel.db import SYSTEM, Work
from kernel.embedded import EmbeddedValkey
from tenants.scope import in_work
from tests.support.builders import a_customer, a_location, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.database import Servers, fresh_database
from tests.support.processes import Fleet
from tests.support.web import Company, make_company
from web.demo.supervise import forget


@pytest.fixture
def fleet(servers: Servers, database: str, tmp_path: Path) -> Iterator[Fleet]:
    state = tmp_path / uuid4().hex  # a queue of its own: Valkey would go on with an earlier one's snapshot
    valkey = EmbeddedValkey(state).start()
    made = Fleet(servers, fresh_database(servers, f"{database}_kills"), valkey, tmp_path)
    yield made
    made.stop()
    forget(state)


@pytest.fixture
def company(fleet: Fleet) -> Company:
    """TEA at two places, K-1 with a credit account, K-2 without."""
    made = make_company(fleet.app, fleet.system)

    def fill(work: Work) -> None:
        order_type = an_order_type(channels=["api", "file"], credit={"policy": "warn", "check_at": ["place"]})
        publish_defaults(work, {"order_type/standard": order_type})
        a_sku(work, "TEA", price="1.00")
        a_customer(work, "K-1", limit="100")
        a_customer(work, "K-2")
        for key in ("east", "west"):
            stock(work, "TEA", at=a_location(work, key), on_hand="1000")

    in_work(fleet.app, made.id, SYSTEM, fill)
    return made
