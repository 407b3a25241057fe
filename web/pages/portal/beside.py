"""What a buyer and his supplier write and show each other about an order: notes and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.intake.attachments import AttachmentRow, attachments_of
from oms.intake.notes import NoteRow, notes_of
from web.http.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """notes: those meant for the buyer, his own among them; files: with their text ids

    form_of  whose form was refused: "note", "file" or ""
    """

    notes: Sequence[NoteRow]
    files: Sequence[tuple[str, AttachmentRow]]
    form: Form
    form_of: str

    def form_for(self, action: str) -> Form:
        return self.form if self.form_of == action else Form()


def beside_of(work: Work, order_id: UUID, form: Form, form_of: str) -> Beside:
    return Beside(
        notes=notes_of(work, order_id, for_buyer=True),
        files=[(to_text("att", one.id), one) for one in attachments_of(work, order_id, for_buyer=True)],
        form=form, form_of=form_of,
    )  # fmt: skip
