"""The step that waits: for a while, or until a day that stands in the subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from low_code.flows.business_time import Duration
from low_code.flows.people import read_path
from low_code.flows.run import Run
from low_code.flows.tree import Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One of the two is given.

    after  how long; working: whether only working time counts
    until  path of a day or an instant; a day begins at midnight in the company's zone
    """

    after: Duration | None
    working: bool
    until: str


class WaitNodes:
    name = "wait"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Wait:
        return Wait(
            after=Duration.parse(step["after"]) if "after" in step else None,
            working=step.get("calendar", "work") == "work",
            until=step.get("until", ""),
        )

    def enter(self, run: Run, node: Node) -> None:
        until = _until(run, node.spec)
        if until is None or until <= run.now:  # the day has come, or none is given: there is nothing to wait for
            run.emit("wait_skipped", node=node.id, until=until.isoformat() if until else None)
            return run.go_on(node)
        visit = run.come_to("wait_entered", node, until=until.isoformat())
        return run.set_timer("wait", until, node, visit)

    def settle(self, run: Run, node: Node) -> None:
        """Its timer has fired."""
        run.emit("block_left", node=node.id)
        run.go_on(node)


def _until(run: Run, spec: Wait) -> datetime | None:
    if spec.after is not None:
        return run.due_at(spec.after, working=spec.working)
    value = read_path(run.world.values, spec.until)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=run.world.zone)
    return datetime.combine(value, time(), run.world.zone) if isinstance(value, date) else None
