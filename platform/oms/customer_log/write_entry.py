"""Writes down a call, visit, mail or note, with what is to be done next; ticks a step off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.customer_log.errors import LogEntryInvalid, StepUnknown
from oms.customers.share_customer import share_customer
from tenants.access.audit import audit

KINDS = ("call", "visit", "mail", "note")
KIND_UNKNOWN = N_("Choose a call, a visit, a mail or a note.")
TEXT_MISSING = N_("Write what it was about.")
TEXT_LONG = N_("Write at most {most} characters.")
STEP_WITHOUT_DAY = N_("Say until when the next step is to be done.")
DAY_WITHOUT_STEP = N_("Say what is to be done until that day.")
WHO_UNKNOWN = N_("Choose one of your colleagues.")
LONGEST = 4_000
_KNOWN = (
    "SELECT 1 FROM customers WHERE tenant_id = %(tenant)s AND id = %(customer)s AND merged_into IS NULL FOR KEY SHARE"
)
_STAFF = "SELECT 1 FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s AND kind = 'staff' AND active"
_WRITE = """
INSERT INTO customer_log (tenant_id, id, customer_id, kind, text, at, actor_id, actor, next_step, due_on, assigned_to)
VALUES (%(tenant)s, %(id)s, %(customer)s, %(kind)s, %(text)s, %(now)s, %(actor_id)s, %(actor)s, %(next_step)s,
  %(due_on)s, %(assigned_to)s)
"""
_DONE = """
UPDATE customer_log SET done_at = %(now)s, done_by = %(actor)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND next_step <> '' AND done_at IS NULL
  AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))
RETURNING customer_id, next_step
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEntry:
    """assigned_to  who does the next step; None: whoever writes this"""

    customer_id: UUID
    kind: str
    text: str
    next_step: str = ""
    due_on: date | None = None
    assigned_to: UUID | None = None


def write_entry(work: Work, command: WriteEntry) -> UUID:
    """The entry's id. Raises CustomerNotFound, LogEntryInvalid with every fault."""
    text, step = command.text.strip(), command.next_step.strip()
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "id": new_id(), "customer": command.customer_id, "kind": command.kind, "text": text,
        "now": work.now, "actor_id": work.actor.id, "actor": work.actor.name, "next_step": step,
        "due_on": command.due_on,
        "assigned_to": (command.assigned_to or (work.actor.id if work.actor.kind == "staff" else None))
        if step
        else None,
    }  # fmt: skip
    _judge(work, command, text, step)
    share_customer(work, command.customer_id)
    work.execute(_WRITE, parameters)
    audit(work, "customer.log", "customer", to_text("cus", command.customer_id), {"kind": (None, command.kind)})
    return UUID(str(parameters["id"]))


def finish_step(work: Work, entry_id: UUID) -> UUID:
    """The customer whose step is done now. Raises StepUnknown, also where somebody was quicker."""
    row = work.row(
        _DONE,
        {
            "tenant": work.tenant_id, "id": entry_id, "now": work.now, "actor": work.actor.name,
            "customers": work.actor.reach_list("customer"),
        },
    )  # fmt: skip
    if row is None:
        raise StepUnknown()
    audit(work, "customer.step_done", "customer", to_text("cus", row.customer_id), {"step": (row.next_step, None)})
    return UUID(str(row.customer_id))


def _judge(work: Work, command: WriteEntry, text: str, step: str) -> None:
    stranger = command.assigned_to is not None and not work.scalar(
        _STAFF, {"tenant": work.tenant_id, "user": command.assigned_to}
    )
    faults = (
        (command.kind not in KINDS, "/kind", "kind_unknown", KIND_UNKNOWN),
        (not text, "/text", "text_missing", TEXT_MISSING),
        (len(text) > LONGEST, "/text", "text_long", TEXT_LONG),
        (len(step) > LONGEST, "/next_step", "text_long", TEXT_LONG),
        (bool(step) and command.due_on is None, "/due_on", "day_missing", STEP_WITHOUT_DAY),
        (not step and command.due_on is not None, "/next_step", "step_missing", DAY_WITHOUT_STEP),
        (stranger, "/assigned_to", "user_unknown", WHO_UNKNOWN),
    )
    problems = [Problem(pointer, code, say, {"most": LONGEST}) for wrong, pointer, code, say in faults if wrong]
    if problems:
        raise LogEntryInvalid(problems=problems)
