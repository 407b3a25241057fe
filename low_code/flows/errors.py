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


class NotAnAdministrator(Forbidden):
    code = "not_an_administrator"
    message = N_("Only an administrator may do that.")


class RejectNotAllowed(Forbidden):
    """A step that has something done is not refused, unless it says so."""

    code = "reject_not_allowed"
    message = N_("This step cannot be rejected.")


class AddSignerNotAllowed(Forbidden):
    code = "add_signer_not_allowed"
    message = N_("Nobody can be added to this step in this way.")


class FieldNotYours(Forbidden):
    """`field` is not among those that the step lets its people change."""

    code = "approval_field_locked"
    message = N_("This step does not let you change {field}.")


class RemindedJustNow(Conflict):
    code = "reminded_just_now"
    message = N_("A reminder went out already in the last {minutes} minutes.")


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


class ReturnLeavesParallel(Invalid):
    """The actor has to say that he knows."""

    code = "return_leaves_parallel"
    message = N_("Sending it back there also ends the steps that run beside this one. Confirm that.")


class SignersMissing(Invalid):
    code = "signers_missing"
    message = N_("Name at least one person.")


class SignerUnfit(Invalid):
    """Inactive, asked already in this step, or the submitter where nobody approves what they submitted."""

    code = "signer_unfit"
    message = N_("One of these people cannot be added to this step.")


class TooManyAsked(Invalid):
    code = "too_many_asked"
    message = N_("At most {most} people can be asked in one step.")


class ChoiceMissing(Invalid):
    """`step` is the one that the submitter has to name people for; its `problems` point there."""

    code = "approver_choice_missing"
    message = N_("Choose who approves.")


class ChoiceUnfit(Invalid):
    code = "approver_choice_unfit"
    message = N_("One of the people chosen cannot approve this.")


class DelegationToSelf(Invalid):
    code = "delegation_to_self"
    message = N_("Choose somebody else.")


class DelegationBackwards(Invalid):
    code = "delegation_backwards"
    message = N_("The last day must not lie before the first.")


class DelegationUnknown(NotFound):
    code = "delegation_unknown"
    message = N_("There is no such delegation.")


class CannotMigrate(Conflict):
    """`obstacles` says why, each a sentence's code with its facts."""

    code = "approval_cannot_migrate"
    message = N_("This approval cannot go on under the newest release.")


class CommentMissing(Invalid):
    code = "comment_missing"
    message = N_("Please say why.")
