"""Saves the dunning steps of a tenant: all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.i18n import N_
from oms.receivables.errors import StepsInvalid
from oms.receivables.queries import read_steps
from tenants.access.audit import audit

_SAVE = """
WITH gone AS (DELETE FROM dunning_steps WHERE tenant_id = %(tenant)s AND step > %(count)s)
INSERT INTO dunning_steps (tenant_id, step, after_days, remind, stop, words)
SELECT %(tenant)s, x.step, x.after_days, x.remind, x.stop, x.words
FROM jsonb_to_recordset(%(steps)s::jsonb) AS x (step int, after_days int, remind boolean, stop boolean, words text)
ON CONFLICT (tenant_id, step) DO UPDATE SET after_days = excluded.after_days, remind = excluded.remind,
  stop = excluded.stop, words = excluded.words
"""
MOST_STEPS = 9
_MOST_DAYS, _LONGEST = 3650, 2000
TOO_MANY = N_("There can be no more than {most} steps.")
DAYS_WRONG = N_("Write days from 0 to {most}.")
NOT_LATER = N_("Each step comes later than the one before.")
NO_EFFECT = N_("A step reminds, stops orders, or both.")
TOO_LONG = N_("Write no more than {most} characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """after_days overdue; words: of the tenant's own, into the mail"""

    after_days: int
    remind: bool = True
    stop: bool = False
    words: str = ""


def save_steps(work: Work, steps: Sequence[Step]) -> None:
    """In their order; () ends dunning. Raises StepsInvalid with every fault."""
    problems = _problems(steps)
    if problems:
        raise StepsInvalid(problems=problems)
    before = [row._asdict() for row in read_steps(work)]
    after = [
        {
            "step": number, "after_days": step.after_days, "remind": step.remind, "stop": step.stop,
            "words": step.words.strip(),
        }
        for number, step in enumerate(steps, start=1)
    ]  # fmt: skip
    if before != after:
        work.execute(_SAVE, {"tenant": work.tenant_id, "count": len(steps), "steps": dumps(after)})
        audit(work, "dunning.save_steps", "dunning", "steps", {"steps": (before, after)})


def _problems(steps: Sequence[Step]) -> list[Problem]:
    found = []
    if len(steps) > MOST_STEPS:
        found.append(Problem("", "too_many", TOO_MANY, {"most": MOST_STEPS}))
    for index, step in enumerate(steps):
        if not 0 <= step.after_days <= _MOST_DAYS:
            found.append(Problem(f"/{index}/after_days", "days_wrong", DAYS_WRONG, {"most": _MOST_DAYS}))
        if not (step.remind or step.stop):
            found.append(Problem(f"/{index}/remind", "no_effect", NO_EFFECT))
        if len(step.words) > _LONGEST:
            found.append(Problem(f"/{index}/words", "too_long", TOO_LONG, {"most": _LONGEST}))
    for index, (one, other) in enumerate(pairwise(steps), start=1):
        if other.after_days <= one.after_days:
            found.append(Problem(f"/{index}/after_days", "not_later", NOT_LATER))
    return found
