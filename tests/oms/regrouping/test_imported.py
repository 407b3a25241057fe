"""What merge and split rules make of the orders of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from kernel.outbox import Delivery
from oms.placement.policy_for import policy_for
from oms.regrouping.jobs import regroup_imported
from tests.oms.mass.test_place_chunk import run
from tests.oms.regrouping.test_split_and_merge import goods
from tests.support.builders import a_customer
from tests.support.configuration import an_order_type, publish_defaults

_FILE = """Order number,Customer number,SKU,Quantity,Merge key,Ordered at
M-1,C-1,TEA,2,k1,2026-11-02 09:00
M-2,C-1,CUP,1,k1,2026-11-02 09:10
M-3,C-1,TEA,1,k2,2026-11-02 09:20
M-4,C-2,TEA,1,k1,2026-11-02 09:30
M-5,C-1,TEA,3,k1,2026-11-02 09:40
"""


def _prepare(work: Work, **rules: Any) -> None:
    kind = an_order_type(channels=["file"], **{name.partition("/")[0]: "auto" for name in rules})
    publish_defaults(work, {"order_type/standard": kind, **{f"{name}/auto": body for name, body in rules.items()}})
    goods(work)
    a_customer(work, "C-2", limit="100000")


def _regroup(work: Work) -> None:
    """As the worker does with what the import announced."""
    payload = work.scalar(
        "SELECT payload FROM outbox_messages WHERE tenant_id = %(t)s AND topic = 'orders.imported'",
        {"t": work.tenant_id},
    )

    @contextmanager
    def same(_tenant_id: UUID) -> Iterator[Work]:
        yield work

    delivery = Delivery(id=new_id(), tenant_id=work.tenant_id, topic="orders.imported", payload=payload)
    regroup_imported(same, delivery)


def _standing(work: Work) -> dict[str, list[str]]:
    """Channel's number of each order that stands -> its SKUs, the more frequent first."""
    rows = work.rows(
        "SELECT o.outside_number AS number, l.sku FROM orders o JOIN order_lines l ON l.tenant_id = o.tenant_id"
        " AND l.order_id = o.id WHERE o.tenant_id = %(t)s AND o.status = 'placed' ORDER BY o.number, l.sku DESC",
        {"t": work.tenant_id},
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.number, []).append(row.sku)
    return found


def test_orders_of_a_file_for_one_hidden_receiver_become_one(work: Work) -> None:
    _prepare(work, merge_rules={"name": {"en": "One parcel"}, "automatic": True, "within_hours": 2})
    run(work, _FILE, policy_for(work, "standard"))

    _regroup(work)

    expected = {"M-1": ["TEA", "TEA", "CUP"], "M-3": ["TEA"], "M-4": ["TEA"]}
    assert _standing(work) == expected
    _regroup(work)
    assert _standing(work) == expected, "a second run finds nothing to do"


def test_orders_of_a_file_are_left_alone_where_no_rule_acts_by_itself(work: Work) -> None:
    _prepare(work, merge_rules={"name": {"en": "Offered"}, "within_hours": 2})
    run(work, _FILE, policy_for(work, "standard"))

    _regroup(work)

    assert len(_standing(work)) == 5


def test_orders_of_a_file_are_split_by_rule(work: Work) -> None:
    by_sku = {"id": "sku", "name": {"en": "By SKU"}, "by": {"how": "value", "value": {"var": "line.sku"}}}
    _prepare(work, split_rules={"name": {"en": "Parts"}, "automatic": True, "rules": [by_sku]})
    run(work, "Order number,Customer number,SKU,Quantity\nS-1,C-1,TEA,2\nS-1,C-1,CUP,1\n", policy_for(work, "standard"))

    _regroup(work)

    row = work.row(
        "SELECT count(*) AS n, count(parent_id) AS parts FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}
    )
    assert row is not None and (row.n, row.parts) == (2, 1)
