from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from kernel.db import Work
from tenants.access.authenticate import Authenticate, authenticate
from tenants.access.passwords import hash_password, needs_rehash, password_matches
from tenants.access.register_user import RegisterUser, register_user
from tests.tenants.conftest import PASSWORD


def test_a_password_matches_its_own_hash_only() -> None:
    stored = hash_password(PASSWORD)

    assert stored.startswith("$argon2id$")
    assert password_matches(stored, PASSWORD)
    assert not password_matches(stored, PASSWORD + "!")


def test_nobody_is_checked_like_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    honest = PasswordHasher.verify

    def counting(self: PasswordHasher, stored: str, password: str) -> bool:
        verified.append(stored)
        return bool(honest(self, stored, password))

    monkeypatch.setattr(PasswordHasher, "verify", counting)

    assert not password_matches(None, "nobody has this password")
    assert len(verified) == 1


def test_a_hash_follows_the_parameters_at_the_next_sign_in(company_work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id = register_user(company_work, RegisterUser(email="li@tea.example", name="", password=PASSWORD)).user_id
    monkeypatch.setenv("ORDERLOOM_PASSWORD_COST", "2,16,1")

    assert authenticate(company_work, Authenticate(email="li@tea.example", password=PASSWORD)).user_id == user_id

    stored = company_work.scalar("SELECT password_hash FROM users WHERE id = %(id)s", {"id": user_id})
    assert "m=16,t=2,p=1" in stored
    assert not needs_rehash(stored)
