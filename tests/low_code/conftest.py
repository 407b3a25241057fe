"""The small domain, installed for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from low_code.documents.compiled import forget_all
from low_code.registry import install
from tests.support.low_code import registry


@pytest.fixture(autouse=True)
def small_domain() -> Iterator[None]:
    install(registry())
    forget_all()
    yield
    install(registry())
