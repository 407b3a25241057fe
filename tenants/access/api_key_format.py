"""The text of an API key: `oms_live_<26 characters: the tenant><32 characters: 160 random bits>`.

The key carries its tenant, so the scope can be opened first and the key then be looked up under row security:
no table of keys is ever readable across tenants.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from uuid import UUID

from kernel.ids import from_text, to_text

PREFIX = "oms_live"
_TENANT_CHARACTERS = 26
_SECRET_BYTES = 20
_SECRET_CHARACTERS = 32


def new_key(tenant_id: UUID) -> str:
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()
    return to_text(PREFIX, tenant_id) + secret


def tenant_of_key(key: str) -> UUID | None:
    """The tenant that the key names, or None where the text is no key. Whether the key exists is another question."""
    if len(key) != len(PREFIX) + 1 + _TENANT_CHARACTERS + _SECRET_CHARACTERS:
        return None
    return from_text(PREFIX, key[:-_SECRET_CHARACTERS])


def key_hash(key: str) -> str:
    """SHA-256 of the whole key; its 160 random bits need no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


def visible_parts(key: str) -> tuple[str, str]:
    """(prefix, last four): what a person recognises a key by. The rest is shown once."""
    return key[: len(PREFIX) + 1] + key[-_SECRET_CHARACTERS:][:4], key[-4:]
