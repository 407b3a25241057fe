"""What may be asked of an approval. Frozen values; `actor` is a user's id, None the system's."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

SUBMITTER = "submitter"  # where a return may go beside the ids of steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begins the first round. revision: of the subject, as the approvers will see it."""

    actor: UUID | None
    submitter: UUID | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    actor: UUID | None
    task: int
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    actor: UUID | None
    task: int
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Sends it back. to: an earlier step's id, or SUBMITTER."""

    actor: UUID | None
    task: int
    to: str = SUBMITTER
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Asks somebody else instead. The assignee may, and an administrator for someone who is away."""

    actor: UUID | None
    task: int
    to: UUID
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    actor: UUID | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    actor: UUID | None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A new round: by the submitter after it came back, or by the system."""

    actor: UUID | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectChanged:
    """The subject was changed while the approval runs; a new round begins only if watched content did."""

    actor: UUID | None
    revision: int


Command = Start | Approve | Reject | Return | Transfer | Comment | Withdraw | Restart | SubjectChanged
