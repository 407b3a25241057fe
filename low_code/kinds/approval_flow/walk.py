"""Every step of a flow's document, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def steps_of(steps: Sequence[Mapping[str, Any]], pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every step with its pointer, outer before inner."""
    for index, step in enumerate(steps):
        here = f"{pointer}/{index}"
        yield here, step
        for blocks in ("cases", "branches"):
            for number, block in enumerate(step.get(blocks, ())):
                yield from steps_of(block["steps"], f"{here}/{blocks}/{number}/steps")
