"""The islands' own tests and types, as node sees them."""

from __future__ import annotations

from tests.support.node import run_package


def test_the_types_of_the_islands_hold() -> None:
    run_package("tsc", "--noEmit")


def test_the_islands_own_tests_pass() -> None:
    assert "failed" not in run_package("vitest", "run")
