"""Files that belong to an order: a drawing, the buyer's purchase order, a photo of the address label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from low_code.field_files.read_file import FileRead, read_file
from low_code.field_files.store_file import StoreFile, store_file
from oms.intake.errors import AttachmentUnknown, TooManyAttachments
from oms.orders.lock_order import lock_order
from tenants.access.audit import audit

MOST_ATTACHMENTS = 50
_ENTITY = "order_attachment"
_TAKE = """
UPDATE field_files SET row_id = %(order)s, field_key = 'attachment' WHERE tenant_id = %(tenant)s AND id = %(file)s
"""
_INSERT = """
INSERT INTO order_attachments (tenant_id, id, order_id, file_id, for_buyer, added_by, at)
VALUES (%(tenant)s, %(id)s, %(order)s, %(file)s, %(for_buyer)s, %(actor)s, %(now)s)
"""
_LIST = """
SELECT a.id, f.name, f.media_type, f.size, a.for_buyer, a.added_by, a.at FROM order_attachments a
JOIN field_files f ON f.tenant_id = %(tenant)s AND f.id = a.file_id
WHERE a.tenant_id = %(tenant)s AND a.order_id = %(order)s AND (%(all)s OR a.for_buyer) ORDER BY a.id
"""
_ONE = """
SELECT file_id FROM order_attachments
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND id = %(id)s AND (%(all)s OR for_buyer)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachFile:
    """name: as the browser sent it; for_buyer: he sees it too"""

    order_id: UUID
    name: str
    data: bytes
    for_buyer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    """size: bytes"""

    id: UUID
    name: str
    media_type: str
    size: int
    for_buyer: bool
    added_by: str
    at: datetime


def attach_file(work: Work, command: AttachFile) -> UUID:
    """The attachment's id. Raises OrderNotFound, TooManyAttachments, and as store_file."""
    order = lock_order(work, command.order_id)
    parameters = {"tenant": work.tenant_id, "order": order.id}
    count = work.scalar(
        "SELECT count(*) FROM order_attachments WHERE tenant_id = %(tenant)s AND order_id = %(order)s", parameters
    )
    if count >= MOST_ATTACHMENTS:
        raise TooManyAttachments(most=MOST_ATTACHMENTS)
    file_id = store_file(work, StoreFile(entity=_ENTITY, name=command.name, data=command.data))
    work.execute(_TAKE, {**parameters, "file": file_id})
    attachment_id = new_id()
    work.execute(
        _INSERT,
        {
            **parameters, "id": attachment_id, "file": file_id, "for_buyer": command.for_buyer,
            "actor": work.actor.name, "now": work.now,
        },
    )  # fmt: skip
    audit(work, "order.attach", "order", to_text("ord", order.id), {"file": (None, command.name[:150])})
    return attachment_id


def attachments_of(work: Work, order_id: UUID, *, for_buyer: bool = False) -> list[AttachmentRow]:
    """The oldest first. for_buyer: only what he may see; who may see the order is the caller's to say"""
    parameters = {"tenant": work.tenant_id, "order": order_id, "all": not for_buyer}
    return [AttachmentRow(**row) for row in work.mappings(_LIST, parameters)]


def read_attachment(work: Work, order_id: UUID, attachment_id: UUID, *, for_buyer: bool = False) -> FileRead:
    """Raises AttachmentUnknown."""
    parameters = {"tenant": work.tenant_id, "order": order_id, "id": attachment_id, "all": not for_buyer}
    file_id = work.scalar(_ONE, parameters)
    if file_id is None:
        raise AttachmentUnknown()
    return read_file(work, file_id)


def remove_attachment(work: Work, order_id: UUID, attachment_id: UUID) -> None:
    """Raises OrderNotFound, AttachmentUnknown."""
    lock_order(work, order_id)
    parameters = {"tenant": work.tenant_id, "order": order_id, "id": attachment_id, "all": True}
    file_id = work.scalar(_ONE, parameters)
    if file_id is None:
        raise AttachmentUnknown()
    name = read_file(work, file_id).name
    work.execute("DELETE FROM order_attachments WHERE tenant_id = %(tenant)s AND id = %(id)s", parameters)
    work.execute(
        "DELETE FROM field_files WHERE tenant_id = %(tenant)s AND id = %(file)s",
        {"tenant": work.tenant_id, "file": file_id},
    )
    audit(work, "order.detach", "order", to_text("ord", order_id), {"file": (name, None)})
