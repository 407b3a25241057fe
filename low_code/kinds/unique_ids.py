"""Lists of things that are found by their id: no two may have the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic

REPEATED = N_("The {what} “{value}” stands here twice.")


def repeated_ids(things: Sequence[Mapping[str, Any]], pointer: str, name: str = "id") -> list[Diagnostic]:
    """One finding per thing whose `name` was used by one before it."""
    seen: set[str] = set()
    found = []
    for index, thing in enumerate(things):
        value = thing[name]
        if value in seen:
            facts = {"what": name, "value": value}
            here = f"{pointer}/{index}/{name}"
            found.append(Diagnostic(pointer=here, code=f"{name}_repeated", message=REPEATED, facts=facts))
        seen.add(value)
    return found
