"""Where things stand in a JSON text: the line of each pointer, and names that stand twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from low_code.diagnostics import pointer_to

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """line counts from 1; again: an object has this name already"""

    pointer: str
    line: int
    again: bool = False


@dataclass(slots=True)
class _Frame:
    pointer: str
    is_object: bool
    index: int = 0
    name: str | None = None
    seen: set[str] = field(default_factory=set)

    def here(self) -> str:
        return self.pointer + pointer_to(self.name if self.is_object and self.name is not None else self.index)


def places(text: str) -> Iterator[Place]:
    """Every value of a text that is JSON, in its order. A member of an object stands where its name does."""
    stack: list[_Frame] = []
    line, last = 1, 0
    for token in _TOKEN.finditer(text):
        line, last = line + text.count("\n", last, token.start()), token.start()
        word, top = token[0], stack[-1] if stack else None
        if word in "}]":
            stack.pop()
        elif word == ",":
            assert top is not None
            top.index, top.name = top.index + 1, None
        elif word != ":":
            if top is not None and top.is_object and top.name is None:
                top.name = str(json.loads(word, strict=False))
                yield Place(top.here(), line, again=top.name in top.seen)
                top.seen.add(top.name)
                continue
            pointer = top.here() if top else ""
            if top is None or not top.is_object:
                yield Place(pointer, line)
            if word in "{[":
                stack.append(_Frame(pointer, word == "{"))


def lines_of(text: str, wanted: set[str]) -> dict[str, int]:
    """The lines of these pointers; what is not there stands where the nearest thing around it does."""
    around = {pointer[:end] for pointer in wanted for end in _ends(pointer)}
    found: dict[str, int] = {}
    for place in places(text):
        if place.pointer in around:
            found.setdefault(place.pointer, place.line)
    nearest = {}
    for pointer in wanted:
        known = [pointer[:end] for end in _ends(pointer) if pointer[:end] in found]
        nearest[pointer] = found[max(known, key=len)] if known else 1
    return nearest


def _ends(pointer: str) -> list[int]:
    return [*(found.start() for found in re.finditer("/", pointer)), len(pointer)]
