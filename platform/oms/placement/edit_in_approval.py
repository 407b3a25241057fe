"""An approver changes the fields that his step lets him change, as part of what he decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Invalid, Problem
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from low_code.flows.errors import FieldNotYours
from low_code.flows.restart_approval import SubjectWasChanged, subject_was_changed
from oms.orders.lock_order import LockedOrder
from oms.orders.order_values import order_values
from oms.orders.record import record_event, roll_up
from oms.placement.start_order_approval import SUBJECT

PREFIX = "order.cf."
_STORE = "UPDATE orders SET custom = %(custom)s::jsonb WHERE tenant_id = %(tenant)s AND id = %(order)s"


def editable_keys(rights: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of the order's own fields that a step lets its people change."""
    return tuple(
        path.removeprefix(PREFIX) for path, right in rights.items() if right == "edit" and path.startswith(PREFIX)
    )


def hidden_keys(rights: Mapping[str, str]) -> frozenset[str]:
    """Paths below the order that a step hides from its people: `cf.margin`, `buyer_note`."""
    return frozenset(path.removeprefix("order.") for path, right in rights.items() if right == "hide")


def edit_in_approval(work: Work, order: LockedOrder, rights: Mapping[str, str], fields: Mapping[str, Any]) -> bool:
    """Stores what was changed, under the order's lock, and tells the approval. Whether anything was.

    rights  path -> right at the actor's step
    fields  key of the order's own field -> raw value
    raises  FieldNotYours, Invalid (a problem per field, `/fields/<key>`)
    """
    allowed = editable_keys(rights)
    for key in fields:
        if key not in allowed:
            raise FieldNotYours(field=key)
    row = order_values(work, order.id)
    changed = {key: value for key, value in fields.items() if _differs(value, order.custom.get(key))}
    if not changed:
        return False
    found = configuration(work, order.release).compiled("fields", "order").validate_values(
        changed, row=row, moment=Environment(now=work.now, today=work.today), stored=order.custom, partial=True
    )  # fmt: skip
    if found.problems:
        raise Invalid(
            problems=[
                Problem(f"/fields{problem.pointer}", problem.code, problem.message, problem.facts)
                for problem in found.problems
            ]
        )
    work.execute(_STORE, {"custom": dumps(found.values), "tenant": work.tenant_id, "order": order.id})
    told = {key: [order.custom.get(key), found.values.get(key)] for key in changed}
    record_event(work, order.id, "approval_edited", {"fields": told})
    state = roll_up(work, order.id)
    subject_was_changed(
        work,
        SubjectWasChanged(
            subject_kind=SUBJECT, subject_id=order.id, subject_revision=state.version,
            values=order_values(work, order.id), by_approver=True,
        ),
    )  # fmt: skip
    return True


def _differs(sent: Any, stored: Any) -> bool:
    """A form sends text for everything; what it sends back unchanged is no change."""
    if sent in ("", None) and stored in ("", None):
        return False
    return str(sent) != str(stored)
