"""The way that one subject would take, and the people it would meet."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from low_code.flows.everybody import SOMEBODY, Everybody
from low_code.flows.people import World
from low_code.flows.preview import preview
from low_code.kinds.approval_flow.compile import CompiledFlow
from low_code.registry import Sample


def simulate(compiled: CompiledFlow, sample: Sample) -> dict[str, Any]:
    """options: directory, a `Directory` (without one, whoever is named is there); submitter, a user's id or None; zone,
    an IANA name; choices, step -> ids of users."""
    directory = sample.options.get("directory") or Everybody()
    zone = ZoneInfo(sample.options.get("zone", "UTC"))
    seen = preview(
        compiled.flow,
        World(sample.values, directory, sample.moment.today, zone),
        submitter=sample.options.get("submitter", None if "directory" in sample.options else SOMEBODY),
        now=sample.moment.now,
        choices=sample.options.get("choices"),
    )
    return {
        "needed": seen.needed,
        "ends": seen.ends,
        "path": [step.node_id for step in seen.steps],
        "steps": [
            {
                "id": step.node_id,
                "type": step.type,
                "name": dict(step.names),
                "mode": step.mode,
                "case": step.case,
                "via": step.via,
                "people": [str(user) for user in step.people],
                "inside": [list(branch) for branch in step.inside],
                "until": step.until.isoformat() if step.until else None,
                "auto": [str(user) for user in step.auto],
            }
            for step in seen.steps
        ],
    }
