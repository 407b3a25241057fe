"""What can go wrong between a draft and a release."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class DraftConflict(Conflict):
    """Somebody saved this draft meanwhile. Facts: `etag`, `body`, `base_hash`, `author`, `updated_at` of now;
    `etag` is None where there is no draft (any more)."""

    code = "draft_conflict"
    message = N_("{author} changed this draft meanwhile.")


class MergeUnsettled(Conflict):
    """Both changed the same places. Facts: `count`, and `places`, their paths."""

    code = "merge_unsettled"
    message = N_("{count} places were changed by both of you; choose one side for each.")


class TooManyDocuments(Conflict):
    """Facts: `most`. Every check looks at all documents, so their number has a bound."""

    code = "too_many_documents"
    message = N_("A configuration holds at most {most} documents, drafts included.")


class DraftUnknown(NotFound):
    code = "draft_unknown"
    message = N_("There is no draft of {kind} “{key}”.")


class DraftsInTheWay(Conflict):
    """Facts: `count`, and `documents`, the addresses of drafts that the import would replace."""

    code = "drafts_in_the_way"
    message = N_("{count} drafts on the way would be replaced.")


class ReleaseUnknown(NotFound):
    code = "release_unknown"
    message = N_("There is no release {number}.")


class DocumentUnfit(Invalid):
    """It cannot even be kept as a draft; `problems` say why."""

    code = "document_unfit"
    message = N_("This document cannot be saved.")


class HeadMovedOn(Conflict):
    """Another release was published since `base` was read; `head` is in force now."""

    code = "head_moved_on"
    message = N_("Release {head} was published meanwhile; you looked at release {base}.")


class NotPublishable(Invalid):
    """`problems` point to "/kind/key" and then into the document; `findings` in the facts has them by document."""

    code = "not_publishable"
    message = N_("This configuration has {errors} errors; nothing was published.")


class WarningsNotAccepted(Invalid):
    code = "warnings_not_accepted"
    message = N_("This configuration has {warnings} warnings; accept them to publish.")


class NothingToPublish(Invalid):
    code = "nothing_to_publish"
    message = N_("Nothing is different from what is in force.")


class StillReferred(Conflict):
    """Facts: `referrers`, all of them, each with kind, key, pointer and whether a draft or the release says so."""

    code = "still_referred"
    message = N_("{count} places still refer to {kind} “{key}”.")


class DraftsMovedOn(Conflict):
    """What would be published is not what was seen."""

    code = "drafts_moved_on"
    message = N_("Somebody changed drafts while you looked. Look at what would be published now.")
