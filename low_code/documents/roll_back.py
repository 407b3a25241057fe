"""Puts an old release back in force, as a new one: history only grows."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.db import Work
from low_code.documents.errors import HeadMovedOn, NothingToPublish
from low_code.documents.publish_drafts import SecondPersonNeeded, needs_second_person, refuse_if_unfit
from low_code.documents.queries import Release, read_documents, read_release
from low_code.documents.validate_drafts import validate_documents
from low_code.documents.write_release import lock_head, write_release


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """to: the release whose manifest comes back; base: the head that the author looked at."""

    to: int
    base: int
    notes: str = ""
    accept_warnings: bool = False


def roll_back(work: Work, command: RollBack) -> Release:
    """A new release with the old manifest, checked against the roles, users and vocabulary of today.

    raises  SecondPersonNeeded, ReleaseUnknown, HeadMovedOn, NotPublishable, WarningsNotAccepted, NothingToPublish
    """
    if needs_second_person(work):
        raise SecondPersonNeeded()
    return release_again(work, command)


def release_again(work: Work, command: RollBack, *, approved_by: str | None = None) -> Release:
    """As roll_back, once it is known that nobody else has to agree."""
    head = lock_head(work)
    if head != command.base:
        raise HeadMovedOn(head=head, base=command.base)
    target = read_release(work, command.to)
    validation = validate_documents(work, read_documents(work, target.manifest))
    if not validation.changed:
        raise NothingToPublish()
    refuse_if_unfit(validation, accept_warnings=command.accept_warnings)
    return write_release(work, validation, notes=command.notes, restores=target.number, approved_by=approved_by)
