"""What the database says about the things that values name, found before the values are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Wanted = frozenset[tuple[str, str]]  # (target, code)


@dataclass(frozen=True, slots=True)
class Known:
    """found    (target, code) -> the row named, as look-ups read it: {"name": …, "cf.region": …}; what is missing does
             not exist, or is out of the writer's reach. Its "id" is how the value is kept, where it is not the code
    numbers  field key -> the auto-number that was reserved for this row
    """

    found: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)

    def find(self, target: str, code: str) -> Mapping[str, Any] | None:
        return self.found.get((target, code))
