"""What can go wrong when somebody acts on an approval."""

from __future__ import annotations

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.i18n import N_


class ApprovalUnknown(NotFound):
    code = "approval_unknown"
    message = N_("There is no such approval.")


class TaskUnknown(NotFound):
    code = "approval_task_unknown"
    message = N_("There is no such approval task.")


class TaskIsClosed(Conflict):
    """Somebody acted first, or the flow moved on without this task."""

    code = "approval_task_closed"
    message = N_("This task is no longer open.")


class ApprovalIsClosed(Conflict):
    code = "approval_closed"
    message = N_("This approval has ended ({status}).")


class ApprovalMovedOn(Conflict):
    """The client saw an older version; `version` is the one of now, `open_tasks` who is asked now."""

    code = "approval_moved_on"
    message = N_("This approval has moved on since you opened it.")


class AlreadyUnderApproval(Conflict):
    code = "already_under_approval"
    message = N_("An approval of this kind is already running.")


class IdempotencyKeyReused(Conflict):
    code = "idempotency_key_reused"
    message = N_("This idempotency key was used for another action.")


class NotYourTask(Forbidden):
    code = "not_your_task"
    message = N_("This task was asked of somebody else.")


class NotTheSubmitter(Forbidden):
    code = "not_the_submitter"
    message = N_("Only the person who submitted this may do that.")


class TransferNotAllowed(Forbidden):
    code = "transfer_not_allowed"
    message = N_("This step may not be passed on to somebody else.")


class WithdrawTooLate(Conflict):
    code = "withdraw_too_late"
    message = N_("This can no longer be withdrawn.")


class TransferTargetUnfit(Invalid):
    """Inactive, asked already in this step, or the submitter where nobody approves what they submitted."""

    code = "transfer_target_unfit"
    message = N_("This person cannot take the task over.")


class ReturnTargetIllegal(Invalid):
    """`targets` lists what is allowed from here."""

    code = "return_target_illegal"
    message = N_("The approval cannot be sent back there from this step.")


class CommentMissing(Invalid):
    code = "comment_missing"
    message = N_("Please say why.")
