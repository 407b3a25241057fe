"""What may be asked of an approval. Frozen values; `actor` is a user's id, None the system's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

SUBMITTER = "submitter"  # where a return may go beside the ids of steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begins the first round.

    revision  of the subject, as the approvers will see it
    choices   step -> whom the submitter chose for it
    """

    actor: UUID | None
    submitter: UUID | None
    revision: int
    choices: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """Says yes; of a step that has something done, that it is done."""

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
    """Sends it back.

    to             an earlier step's id, or SUBMITTER
    leave_parallel the actor knows that what runs beside this step ends with it
    """

    actor: UUID | None
    task: int
    to: str = SUBMITTER
    comment: str = ""
    leave_parallel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Asks somebody else instead. The assignee may, and an administrator for someone who is away."""

    actor: UUID | None
    task: int
    to: UUID
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSigners:
    """Asks others too.

    where  before: they first, and mine waits; after: when I have said yes; parallel: beside me, with a vote each
    """

    actor: UUID | None
    task: int
    people: tuple[UUID, ...]
    where: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    actor: UUID | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Reminds all who are asked now: by the submitter or an administrator, not more often than once an hour."""

    actor: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """by_administrator: calls it off whatever the flow's policy says; the actor must be one"""

    actor: UUID | None
    comment: str = ""
    by_administrator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A new round: by the submitter after it came back, or by the system."""

    actor: UUID | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectChanged:
    """The subject was changed while the approval runs; a new round begins only if watched content did.

    by_approver  somebody who is asked changed what his step lets him change: that is part of approving
    """

    actor: UUID | None
    revision: int
    by_approver: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A timer's time has come. One that is gone, or not due yet, changes nothing."""

    timer: int
    actor: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrate:
    """The approval goes on under another release of its flow, which `step` is called with.

    from_release, to_release  for the log
    """

    actor: UUID | None
    from_release: int
    to_release: int


Command = (
    Start | Approve | Reject | Return | Transfer | AddSigners | Comment | Remind | Withdraw | Restart | SubjectChanged
    | Fire | Migrate
)  # fmt: skip
