"""Makes the drafts the release in force: one transaction, and of two who publish at once one loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.db import Work
from kernel.errors import Forbidden
from kernel.i18n import N_
from low_code.documents.errors import DraftsMovedOn, HeadMovedOn, NothingToPublish, NotPublishable, WarningsNotAccepted
from low_code.documents.queries import Release, drafts_digest
from low_code.documents.validate_drafts import Validation, validate_drafts
from low_code.documents.write_release import lock_head, write_release
from tenants.directory.tenant_settings import tenant_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDrafts:
    """base: the head that the author looked at; only: addresses to publish (None: all drafts); seen: digest of the
    drafts that they looked at (`drafts_digest`), None: whatever they are."""

    base: int
    notes: str = ""
    accept_warnings: bool = False
    only: Sequence[str] | None = None
    seen: str | None = None


class SecondPersonNeeded(Forbidden):
    """The company wants two people for every release: propose it (`low_code.plans`)."""

    code = "second_person_needed"
    message = N_("A second person has to agree to each release here; propose it instead.")


def needs_second_person(work: Work) -> bool:
    """Whether the company publishes by four eyes."""
    return tenant_settings(work).four_eyes


def publish_drafts(work: Work, command: PublishDrafts) -> Release:
    """Publishes and removes the drafts that went into the release.

    raises  SecondPersonNeeded; HeadMovedOn where another release came first; DraftsMovedOn; NotPublishable with every
            error; WarningsNotAccepted; NothingToPublish
    """
    if needs_second_person(work):
        raise SecondPersonNeeded()
    return release_drafts(work, command)


def release_drafts(work: Work, command: PublishDrafts, *, approved_by: str | None = None) -> Release:
    """As publish_drafts, once it is known that nobody else has to agree.

    approved_by  name of the second person, for the history
    """
    head = lock_head(work)
    if head != command.base:
        raise HeadMovedOn(head=head, base=command.base)
    if command.seen not in (None, drafts_digest(work)):
        raise DraftsMovedOn()
    validation = validate_drafts(work, only=command.only)
    if not validation.changed:
        raise NothingToPublish()
    refuse_if_unfit(validation, accept_warnings=command.accept_warnings)
    release = write_release(work, validation, notes=command.notes, approved_by=approved_by)
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
