"""The steps for which the submitter names people, and whether whom he named may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.errors import Problem
from low_code.expressions import Environment
from low_code.flows.errors import ChoiceMissing, ChoiceUnfit
from low_code.flows.people import Asking, Who, World, may_be_chosen
from low_code.flows.preview import preview
from low_code.flows.tree import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceStep:
    """candidates: who may be chosen; most: how many at most"""

    node_id: str
    names: Mapping[str, str]
    candidates: tuple[UUID, ...]
    most: int


def choice_steps(flow: Flow, world: World, submitter: UUID | None, now: datetime) -> tuple[ChoiceStep, ...]:
    """The steps on this subject's way that ask whom the submitter chooses, in their order."""
    asked = _choosing(flow)
    if not asked:
        return ()
    asking = Asking(submitter=submitter, moment=Environment(now=now, today=world.today))
    found = {step: _candidates(entry, world, asking) for step, entry in asked.items()}
    # With somebody named everywhere the way goes on as it would; a step without candidates finds its fallback.
    named = {step: candidates[:1] for step, candidates in found.items()}
    seen = [step.node_id for step in preview(flow, world, submitter=submitter, now=now, choices=named).steps]
    return tuple(
        ChoiceStep(node_id=step, names=flow.nodes[step].names, candidates=found[step], most=asked[step].most)
        for step in dict.fromkeys(seen)
        if found.get(step)
    )


def check_choices(
    flow: Flow, world: World, submitter: UUID | None, now: datetime, choices: Mapping[str, tuple[UUID, ...]]
) -> None:
    """raises ChoiceMissing, ChoiceUnfit; their problems point to `/approvers/<step>`"""
    if not choices and not _choosing(flow):
        return
    steps = {step.node_id: step for step in choice_steps(flow, world, submitter, now)}
    unknown = [step for step in choices if step not in _choosing(flow)]
    unfit = [
        node_id
        for node_id, step in steps.items()
        if len(choices.get(node_id, ())) > step.most or not set(choices.get(node_id, ())) <= set(step.candidates)
    ]
    if unknown or unfit:
        raise ChoiceUnfit(problems=[_problem(step, ChoiceUnfit.code, ChoiceUnfit.message) for step in unknown + unfit])
    missing = [node_id for node_id in steps if not choices.get(node_id)]
    if missing:
        raise ChoiceMissing(problems=[_problem(step, ChoiceMissing.code, ChoiceMissing.message) for step in missing])


def _problem(step: str, code: str, message: str) -> Problem:
    return Problem(pointer=f"/approvers/{step}", code=code, message=message, facts={"step": step})


def _choosing(flow: Flow) -> dict[str, Who]:
    """step -> its entry that leaves the choice to the submitter"""
    found = {}
    for node in flow.nodes.values():
        for entry in getattr(node.spec, "who", ()):
            if entry.kind == "submitter_choice":
                found[node.id] = entry
    return found


def _candidates(entry: Who, world: World, asking: Asking) -> tuple[UUID, ...]:
    """Nobody approves what he submitted by choosing himself; where a flow allows that it names the submitter."""
    return tuple(user for user in may_be_chosen(entry, world, asking) if user != asking.submitter)
