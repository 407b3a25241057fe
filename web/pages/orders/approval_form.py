"""What a form says that somebody does with a task, and the sentence that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text
from oms.placement.act_on_approval import ActOnApproval
from oms.placement.follow_approval import ApprovalActed
from web.http.forms import Form
from web.http.problems import said

ACTION_UNKNOWN = N_("Choose what to do.")
ACTED: Mapping[str, str] = {
    "approve": N_("The order is approved."),
    "reject": N_("The order is refused and cancelled."),
    "return": N_("The order is sent back."),
    "transfer": N_("The approval is passed on."),
    "add_signers": N_("Those you named are asked too."),
}
ACT_FIELDS: Mapping[str, str] = {
    "comment_missing": "comment",
    "return_target_illegal": "return_to",
    "return_leaves_parallel": "return_to",
    "transfer_target_unfit": "transfer_to",
    "transfer_not_allowed": "transfer_to",
    "signers_missing": "signers",
    "signer_unfit": "signers",
    "add_signer_not_allowed": "signers",
    "too_many_asked": "signers",
}
_FIELD = "field."


def approval_command(order_id: UUID, sent: Form) -> ActOnApproval:
    """action has been looked at: it is a key of ACTED"""
    action = sent.value("action")
    return ActOnApproval(
        order_id=order_id,
        action=action,
        task_id=from_text("tsk", sent.value("task")),
        comment=sent.value("comment").strip()[:1000],
        return_to=sent.value("return_to") or None if action == "return" else None,
        leave_parallel=sent.checked("leave_parallel"),
        transfer_to=_user(sent.value("transfer_to")) if action == "transfer" else None,
        signers=tuple(user for text in sent.values_of("signers") if (user := _user(text))),
        where=sent.value("where") if sent.value("where") in {"before", "after", "parallel"} else "before",
        fields={
            name.removeprefix(_FIELD): sent.value(name)
            for name in sent.values
            if name.startswith(_FIELD) and action in {"approve", "reject", "return"}
        },
        expected_version=_version(sent.value("version")),
    )


def said_of(outcome: ApprovalActed, action: str) -> str:
    """The sentence that answers it, in the reader's language."""
    if action == "approve" and outcome.status == "open":
        return _("Approved. Others are still asked, or the next step is.")
    if action == "reject" and outcome.status == "open":
        return _("Your refusal is noted; others are still asked.")
    return _(ACTED[action])


def _user(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return from_text("usr", text)


def _version(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def refuse_act(sent: Form, error: DomainError, fields: Mapping[str, str] = ACT_FIELDS) -> Form:
    """Takes a refusal up; what is wrong with a field of the order stands beside it."""
    sent.refuse(error, fields)
    for problem in error.problems:
        _, kind, *rest = problem.pointer.split("/")
        if kind == "fields" and rest:
            sent.errors[f"{_FIELD}{rest[0]}"] = said(problem.message, problem.facts)
    return sent
