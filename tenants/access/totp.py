"""The second factor: time-based codes (RFC 6238), and recovery codes for a lost phone.

Enrolment takes two steps, so that nobody locks himself out: the secret waits as pending until a first code of it
was right. A code works once: its 30-second step is kept, and the same or an earlier one is refused.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pyotp

from kernel.db import Work
from tenants.access.audit import audit
from tenants.access.authenticate import record_sign_in
from tenants.access.errors import PasswordWrong, TotpWrong, UserUnknown
from tenants.access.ids import user_text
from tenants.access.passwords import password_matches
from tenants.access.secrets import decrypt_secret, encrypt_secret

_STEP_SECONDS = 30
_DRIFT_STEPS = 1  # a phone may be half a minute off
_RECOVERY_CODES = 10
_PURPOSE = "totp"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpStarted:
    """secret  base32, for typing; uri: otpauth://…, for the QR code"""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpConfirmed:
    """recovery_codes are shown once; each works once"""

    recovery_codes: tuple[str, ...] = field(repr=False)


def start_totp(work: Work, user_id: UUID) -> TotpStarted:
    """A new pending secret, or the one that is pending already: a reload shows the same QR code.

    raises UserUnknown
    """
    user = _user(work, user_id)
    if user.totp_pending:
        secret = decrypt_secret(work, user.totp_pending, purpose=_PURPOSE)
    else:
        secret = pyotp.random_base32()
        work.execute(
            "UPDATE users SET totp_pending = %(secret)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
            {
                "tenant": work.tenant_id,
                "user": user_id,
                "secret": encrypt_secret(work, secret, purpose=_PURPOSE),
            },
        )
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=f"Orderloom {work.tenant.name}")
    return TotpStarted(secret=secret, uri=uri)


def confirm_totp(work: Work, user_id: UUID, code: str) -> TotpConfirmed:
    """Turns the second factor on. raises UserUnknown, TotpWrong"""
    user = _user(work, user_id)
    if not user.totp_pending:
        raise TotpWrong
    step = _matching_step(decrypt_secret(work, user.totp_pending, purpose=_PURPOSE), code, work.now, after=None)
    if step is None:
        raise TotpWrong
    codes = tuple(f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(_RECOVERY_CODES))
    work.execute(
        "UPDATE users SET totp_secret = totp_pending, totp_pending = NULL, totp_last_step = %(step)s,"
        " recovery_hashes = %(hashes)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id, "step": step, "hashes": [_hash(each) for each in codes]},
    )
    audit(work, "user.totp_on", "user", user_text(user_id))
    return TotpConfirmed(recovery_codes=codes)


def verify_totp(work: Work, user_id: UUID, code: str) -> bool:
    """The second step of signing in: a code of the app, or a recovery code. Each works once.

    A refusal is an outcome, not an error, so that it is logged and kept.
    """
    user = _user(work, user_id)
    if not (user.totp_secret and user.active):
        return False
    secret = decrypt_secret(work, user.totp_secret, purpose=_PURPOSE)
    step = _matching_step(secret, code, work.now, after=user.totp_last_step)
    if step is not None:
        work.execute(
            "UPDATE users SET totp_last_step = %(step)s WHERE tenant_id = %(tenant)s AND id = %(user)s",
            {"tenant": work.tenant_id, "user": user_id, "step": step},
        )
    elif not _use_recovery_code(work, user_id, code):
        audit(work, "user.totp_refused", "user", user_text(user_id))
        return False
    record_sign_in(work, user_id)
    return True


def disable_totp(work: Work, user_id: UUID, password: str) -> None:
    """By the user himself, who shows his password again. raises UserUnknown, PasswordWrong"""
    if not password_matches(_user(work, user_id).password_hash, password):
        raise PasswordWrong
    _remove(work, user_id)


def reset_totp(work: Work, user_id: UUID) -> None:
    """By an administrator, for someone who lost phone and recovery codes. raises UserUnknown"""
    _user(work, user_id)
    _remove(work, user_id)


def _remove(work: Work, user_id: UUID) -> None:
    work.execute(
        "UPDATE users SET totp_secret = NULL, totp_pending = NULL, totp_last_step = NULL, recovery_hashes = '{}'"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": user_id},
    )
    audit(work, "user.totp_off", "user", user_text(user_id))


def _user(work: Work, user_id: UUID) -> Any:
    user = work.row(
        "SELECT email, active, password_hash, totp_secret, totp_pending, totp_last_step FROM users"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s FOR UPDATE",
        {"tenant": work.tenant_id, "user": user_id},
    )
    if user is None:
        raise UserUnknown
    return user


def _matching_step(secret: str, code: str, now: datetime, *, after: int | None) -> int | None:
    """The 30 s step whose code this is, or None. Steps up to `after` are used up."""
    digits = "".join(code.split())
    current = int(now.timestamp()) // _STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if secrets.compare_digest(totp.at(step * _STEP_SECONDS).encode(), digits.encode()):
            return step if after is None or step > after else None
    return None


def _use_recovery_code(work: Work, user_id: UUID, code: str) -> bool:
    used = work.execute(
        "UPDATE users SET recovery_hashes = array_remove(recovery_hashes, %(hash)s)"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s AND %(hash)s = ANY(recovery_hashes)",
        {"tenant": work.tenant_id, "user": user_id, "hash": _hash(code)},
    )
    return used == 1


def _hash(code: str) -> str:
    """48 random bits behind a rate limit and used once: SHA-256 is enough."""
    return hashlib.sha256("".join(code.split()).lower().encode()).hexdigest()
