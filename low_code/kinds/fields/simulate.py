"""What would be kept of some values, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from low_code.kinds.fields.compile import EntityFields
from low_code.registry import Sample


def simulate(compiled: EntityFields, sample: Sample) -> dict[str, Any]:
    """options: given, the raw values by key; roles, the role keys of who writes (absent: the system)."""
    roles = sample.options.get("roles")
    outcome = compiled.validate_values(
        sample.options.get("given", {}),
        row=sample.values,
        moment=sample.moment,
        role_keys=None if roles is None else frozenset(roles),
    )
    return {
        "values": outcome.values,
        "hidden": sorted(outcome.hidden),
        "faults": {problem.pointer.strip("/").partition("/")[0]: problem.code for problem in outcome.problems},
        "problems": [
            {"pointer": problem.pointer, "code": problem.code, "message": problem.message, "facts": dict(problem.facts)}
            for problem in outcome.problems
        ],
    }
