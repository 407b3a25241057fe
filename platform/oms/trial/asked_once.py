"""A directory that asks each question once: a backtest meets the same people thousands of times."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from low_code.flows.people import Directory


class AskedOnce:
    """Answers as the directory behind it did the first time."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._answers: dict[Hashable, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        ask = getattr(self._directory, name)

        def asked(*what: Hashable) -> Any:
            key = (name, *what)
            if key not in self._answers:
                self._answers[key] = ask(*what)
            return self._answers[key]

        return asked
