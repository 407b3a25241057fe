"""The document as its channel sent it, beside the order that it became."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.db import Work

_READ = """
SELECT d.channel, d.outside_number, d.origin, d.content_type, d.body, d.size, d.sha256, d.received_at
FROM channel_documents d WHERE d.tenant_id = %(tenant)s AND d.order_id = %(order)s ORDER BY d.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDocument:
    """body: as received, its beginning where it was longer than is kept; size: bytes received"""

    channel: str
    outside_number: str | None
    origin: str
    content_type: str
    body: bytes
    size: int
    sha256: str
    received_at: datetime

    @property
    def cut(self) -> bool:
        return self.size > len(self.body)

    @property
    def text(self) -> str:
        """For people; bytes that are no text are shown as such."""
        return self.body.decode("utf-8", "backslashreplace").replace("\\x00", "")


def received_of(work: Work, order_id: UUID) -> list[ReceivedDocument]:
    """What the order was read from; [] for one that was typed. Who may see the order is the caller's to say."""
    rows = work.mappings(_READ, {"tenant": work.tenant_id, "order": order_id})
    return [ReceivedDocument(**{**row, "body": bytes(row["body"])}) for row in rows]
