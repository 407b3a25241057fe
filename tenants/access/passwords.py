"""Passwords: Argon2id, with parameters from the settings, so that they can grow with the machines."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel import settings
from tenants.access.errors import PasswordTooWeak

LEAST_CHARACTERS = 10
_MOST_CHARACTERS = 256  # hashing a megabyte is a gift to an attacker

# What is tried first, of ten characters or more. Length does the rest.
_COMMON = frozenset(
    "1234567890 0123456789 0987654321 1111111111 qwertyuiop 1q2w3e4r5t password12 password123 passw0rd123 "
    "administrator changeme123 welcome123 letmein123 iloveyou123 orderloom1 orderloom123 abcdefghij abc1234567".split()
)


@lru_cache(maxsize=4)
def _hasher(cost: str) -> PasswordHasher:
    time_cost, memory_kib, lanes = (int(part) for part in cost.split(","))
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes)


@lru_cache(maxsize=4)
def _nobodys_hash(cost: str) -> str:
    return _hasher(cost).hash("nobody has this password")


def _current() -> str:
    return settings.get("ORDERLOOM_PASSWORD_COST")


def hash_password(password: str) -> str:
    return _hasher(_current()).hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`. None costs as much time as a hash, and never matches:
    who tries addresses learns nothing from the clock."""
    cost = _current()
    try:
        _hasher(cost).verify(stored or _nobodys_hash(cost), password[:_MOST_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the parameters have changed since `stored` was made."""
    return _hasher(_current()).check_needs_rehash(stored)


def check_strength(password: str, *, email: str = "") -> None:
    """raises PasswordTooWeak for one that is short, common, or the address itself"""
    folded = password.casefold().strip()
    too_short = not LEAST_CHARACTERS <= len(password) <= _MOST_CHARACTERS
    if too_short or folded in _COMMON or len(set(folded)) < 4 or (email and folded == email.casefold()):
        raise PasswordTooWeak(least=LEAST_CHARACTERS)
