from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest

from kernel.db import Work
from tenants.access.authenticate import Authenticate, authenticate
from tenants.access.errors import PasswordWrong, TotpWrong
from tenants.access.secrets import decrypt_secret, encrypt_secret, make_data_key
from tenants.access.totp import confirm_totp, disable_totp, reset_totp, start_totp, verify_totp
from tests.tenants.conftest import PASSWORD
from tests.tenants.test_users import a_user

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _enrolled(work: Work) -> tuple[UUID, pyotp.TOTP, tuple[str, ...]]:
    user_id = a_user(work)
    totp = pyotp.TOTP(start_totp(work, user_id).secret)
    work.now = NOON
    codes = confirm_totp(work, user_id, totp.at(NOON)).recovery_codes
    work.now = NOON + timedelta(minutes=2)
    return user_id, totp, codes


def test_a_first_right_code_turns_it_on(company_work: Work) -> None:
    user_id, _, codes = _enrolled(company_work)

    outcome = authenticate(company_work, Authenticate(email="li@tea.example", password=PASSWORD))

    assert outcome.user_id == user_id and outcome.needs_totp
    assert len(set(codes)) == 10


def test_a_wrong_first_code_changes_nothing(company_work: Work) -> None:
    user_id = a_user(company_work)
    started = start_totp(company_work, user_id)

    with pytest.raises(TotpWrong):
        confirm_totp(company_work, user_id, "000000")
    assert not authenticate(company_work, Authenticate(email="li@tea.example", password=PASSWORD)).needs_totp
    assert start_totp(company_work, user_id) == started  # the QR code of a reloaded page is the same one


def test_a_code_works_once_and_half_a_minute_off(company_work: Work) -> None:
    user_id, totp, _ = _enrolled(company_work)
    code = totp.at(company_work.now - timedelta(seconds=30))

    assert verify_totp(company_work, user_id, code)
    assert not verify_totp(company_work, user_id, code)
    assert verify_totp(company_work, user_id, totp.at(company_work.now))
    assert not verify_totp(company_work, user_id, totp.at(company_work.now - timedelta(minutes=5)))


def test_a_recovery_code_works_once(company_work: Work) -> None:
    user_id, _, codes = _enrolled(company_work)

    assert verify_totp(company_work, user_id, f" {codes[3].upper()} ")
    assert not verify_totp(company_work, user_id, codes[3])


def test_turning_it_off_asks_for_the_password(company_work: Work) -> None:
    user_id, _, _ = _enrolled(company_work)

    with pytest.raises(PasswordWrong):
        disable_totp(company_work, user_id, "not this one")
    disable_totp(company_work, user_id, PASSWORD)

    assert not authenticate(company_work, Authenticate(email="li@tea.example", password=PASSWORD)).needs_totp


def test_an_administrator_can_reset_it(company_work: Work) -> None:
    user_id, totp, _ = _enrolled(company_work)

    reset_totp(company_work, user_id)

    assert not verify_totp(company_work, user_id, totp.at(company_work.now))


def test_the_stored_secret_cannot_be_read(company_work: Work) -> None:
    user_id, totp, _ = _enrolled(company_work)

    stored = company_work.scalar("SELECT totp_secret FROM users WHERE id = %(id)s", {"id": user_id})

    assert totp.secret not in stored
    assert decrypt_secret(company_work, stored, purpose="totp") == totp.secret


def test_a_secret_opens_for_its_own_purpose_and_tenant_only(company_work: Work, work: Work) -> None:
    stored = encrypt_secret(company_work, "s3cret", purpose="connector:shop")

    with pytest.raises(Exception):  # noqa: B017  (InvalidTag; which one is the library's business)
        decrypt_secret(company_work, stored, purpose="webhook")
    with pytest.raises(AssertionError):
        decrypt_secret(work, stored, purpose="connector:shop")


def test_older_data_keys_still_open_what_they_closed(company_work: Work) -> None:
    stored = encrypt_secret(company_work, "s3cret", purpose="p")

    make_data_key(company_work)

    assert decrypt_secret(company_work, stored, purpose="p") == "s3cret"
    assert encrypt_secret(company_work, "s3cret", purpose="p").split(".")[1] != stored.split(".")[1]
