"""Makes the drafts the release in force: one transaction, and of two who publish at once one loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.db import Work
from low_code.documents.errors import HeadMovedOn, NothingToPublish, NotPublishable, WarningsNotAccepted
from low_code.documents.queries import Release
from low_code.documents.validate_drafts import Validation, validate_drafts
from low_code.documents.write_release import lock_head, write_release


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDrafts:
    """base: the head that the author looked at; only: addresses to publish (None: all drafts)."""

    base: int
    notes: str = ""
    accept_warnings: bool = False
    only: Sequence[str] | None = None


def publish_drafts(work: Work, command: PublishDrafts) -> Release:
    """Publishes and removes the drafts that went into the release.

    raises  HeadMovedOn where another release came first; NotPublishable with every error;
            WarningsNotAccepted; NothingToPublish
    """
    head = lock_head(work)
    if head != command.base:
        raise HeadMovedOn(head=head, base=command.base)
    validation = validate_drafts(work, only=command.only)
    if not validation.changed:
        raise NothingToPublish()
    refuse_if_unfit(validation, accept_warnings=command.accept_warnings)
    release = write_release(work, validation, notes=command.notes)
    work.execute(
        "DELETE FROM config_drafts WHERE tenant_id = %(tenant)s"
        " AND (%(only)s::text[] IS NULL OR kind || '/' || key = ANY(%(only)s))",
        {"tenant": work.tenant_id, "only": None if command.only is None else list(command.only)},
    )
    return release


def refuse_if_unfit(validation: Validation, *, accept_warnings: bool) -> None:
    """Errors block; warnings want a tick.

    raises  NotPublishable, WarningsNotAccepted
    """
    if errors := validation.count("error"):
        raise NotPublishable(problems=validation.problems("error"), errors=errors)
    if (warnings := validation.count("warning")) and not accept_warnings:
        raise WarningsNotAccepted(problems=validation.problems("warning"), warnings=warnings)
