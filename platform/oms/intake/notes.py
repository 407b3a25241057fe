"""Notes about an order, for colleagues alone or for the buyer too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from oms.intake.errors import NoteEmpty, NoteUnknown
from oms.orders.lock_order import lock_order
from tenants.access.audit import audit

LONGEST = 4000
_INSERT = """
INSERT INTO order_notes (tenant_id, id, order_id, body, visibility, pinned, author_id, author, at)
VALUES (%(tenant)s, %(id)s, %(order)s, %(body)s, %(visibility)s, %(pinned)s, %(author_id)s, %(author)s, %(now)s)
"""
_LIST = """
SELECT id, body, visibility, pinned, author, at FROM order_notes
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND (%(all)s OR visibility = 'buyer')
ORDER BY pinned DESC, id DESC LIMIT 200
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """for_buyer: the buyer reads it on the portal"""

    order_id: UUID
    body: str
    for_buyer: bool = False
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    id: UUID
    body: str
    visibility: str
    pinned: bool
    author: str
    at: datetime


def add_note(work: Work, command: AddNote) -> UUID:
    """The note's id. Raises OrderNotFound, NoteEmpty. Any order takes notes, closed ones too."""
    body = command.body.strip()
    if not body or len(body) > LONGEST:
        raise NoteEmpty()
    order = lock_order(work, command.order_id)
    note_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": note_id, "order": order.id, "body": body,
            "visibility": "buyer" if command.for_buyer else "internal", "pinned": command.pinned,
            "author_id": work.actor.id, "author": work.actor.name, "now": work.now,
        },
    )  # fmt: skip
    shown = {"visibility": (None, "buyer" if command.for_buyer else "internal")}
    audit(work, "order.note", "order", to_text("ord", order.id), shown)
    return note_id


def pin_note(work: Work, order_id: UUID, note_id: UUID, *, pinned: bool) -> None:
    """A pinned note stands on top. Raises OrderNotFound, NoteUnknown."""
    lock_order(work, order_id)
    done = work.execute(
        "UPDATE order_notes SET pinned = %(pinned)s"
        " WHERE tenant_id = %(tenant)s AND id = %(id)s AND order_id = %(order)s",
        {"tenant": work.tenant_id, "id": note_id, "order": order_id, "pinned": pinned},
    )
    if not done:
        raise NoteUnknown()
    audit(work, "order.pin_note", "order", to_text("ord", order_id), {"pinned": (str(not pinned), str(pinned))})


def notes_of(work: Work, order_id: UUID, *, for_buyer: bool = False) -> list[NoteRow]:
    """Pinned ones first, then the newest. for_buyer: only those that he may read; who may see the order is the
    caller's to say"""
    parameters = {"tenant": work.tenant_id, "order": order_id, "all": not for_buyer}
    return [NoteRow(**row) for row in work.mappings(_LIST, parameters)]
