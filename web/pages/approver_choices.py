"""Who submits names approvers: one input for each step that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.errors import DomainError
from kernel.i18n import current_locale
from kernel.ids import from_text, to_text
from oms.placement.preview_approval import ApprovalPreview
from tenants.access.queries import name_in
from web.http.forms import Form
from web.http.problems import said

_FIELD = "approver."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverChoice:
    """name: of the input; people: (id, name) each; most: how many may be chosen"""

    name: str
    label: str
    people: list[tuple[str, str]]
    most: int


def choice_inputs(seen: ApprovalPreview | None) -> list[ApproverChoice]:
    return [
        ApproverChoice(
            name=f"{_FIELD}{choice.node_id}",
            label=name_in(choice.names, current_locale()) or choice.node_id,
            people=[(to_text("usr", user), seen.people[user]) for user in choice.candidates if user in seen.people],
            most=choice.most,
        )
        for choice in (seen.choices if seen else ())
        if seen is not None
    ]


def chosen_approvers(sent: Form) -> dict[str, tuple[UUID, ...]]:
    """step -> users, as the form says; what is no id of a user is left out and then missing."""
    found = {}
    for name in sent.values:
        users = tuple(user for text in sent.values_of(name) if (user := from_text("usr", text)))
        if name.startswith(_FIELD) and users:
            found[name.removeprefix(_FIELD)] = users
    return found


def refuse_choices(sent: Form, error: DomainError) -> None:
    """Puts each refusal beside its input."""
    for problem in error.problems:
        _, kind, *step = problem.pointer.split("/")
        if kind == "approvers" and step:
            sent.errors[f"{_FIELD}{step[0]}"] = said(problem.message, problem.facts)
