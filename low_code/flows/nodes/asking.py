"""What a step that asks people says: whom, how many must agree, by when, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.business_time import Duration
from low_code.flows.nodes.votes import Passing, parse_passing
from low_code.flows.people import Who
from low_code.flows.tree import Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A time limit.

    working     whether only working time counts
    remind      how long after the task was opened its assignee is reminded
    on_timeout  approve, reject, remind or escalate
    escalate_to whom instead, where it is not the assignee's manager
    """

    after: Duration
    working: bool
    remind: tuple[Duration, ...]
    on_timeout: str
    escalate_to: tuple[Who, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What an approve or handle step says.

    mode         any: the first approval passes, the step fails when all reject; all: the first rejection
                 fails; sequential: as all, one person at a time; quorum: as `passing` says
    collect      with all: waits for everybody before it fails
    return_to    none, submitter, previous, any_before
    add_signer   before, after, parallel: what an assignee may do
    comment_required_on  actions (approve, reject, return, transfer, add_signer) that need a reason
    fields       path of the subject -> edit, view or hide, for whoever is asked here
    """

    mode: str
    who: tuple[Who, ...]
    passing: Passing | None
    collect: bool
    may_reject: bool
    may_transfer: bool
    add_signer: frozenset[str]
    return_to: str
    comment_required_on: frozenset[str]
    due: Due | None
    fields: Mapping[str, str]


def parse_ask(step: Mapping[str, Any], placing: Placing) -> Ask:
    allow, approves = step.get("allow", {}), step["type"] == "approve"
    mode = step.get("mode", "any")
    return Ask(
        mode=mode,
        who=placing.who(step["who"]),
        passing=parse_passing(step["pass"], placing) if mode == "quorum" else None,
        collect=step.get("collect", False),
        may_reject=allow.get("reject", approves),
        may_transfer=allow.get("transfer", True),
        add_signer=frozenset(allow.get("add_signer", ())),
        return_to=allow.get("return_to", "any_before"),
        comment_required_on=frozenset(allow.get("comment_required_on", ["reject", "return"])),
        due=_parse_due(step["due"], placing) if "due" in step else None,
        fields=dict(step.get("fields", {})),
    )


def _parse_due(due: Mapping[str, Any], placing: Placing) -> Due:
    on_timeout = due.get("on_timeout", "remind")
    escalate = on_timeout["escalate"] if isinstance(on_timeout, Mapping) else None
    return Due(
        after=_duration(due["after"]),
        working=due.get("calendar", "work") == "work",
        remind=tuple(_duration(text) for text in due.get("remind", ())),
        on_timeout="escalate" if escalate else on_timeout,
        escalate_to=placing.who([escalate]) if escalate and "manager_of" not in escalate else (),
    )


def _duration(text: str) -> Duration:
    parsed = Duration.parse(text)
    assert parsed is not None, "the check of the kind has parsed it"
    return parsed
