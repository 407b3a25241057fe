"""Secrets of a tenant at rest: connector credentials, webhook secrets, second factors.

AES-256-GCM under a data key of the tenant, which is itself wrapped by a key derived from
ORDERLOOM_SECRET_KEY. Stored text is `v1.<data key id>.<base64 of nonce and ciphertext>`; tenant and purpose are
authenticated with it, so a value copied to another tenant or another column does not open.
"""

from __future__ import annotations

import base64
import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel import settings
from kernel.db import Work
from kernel.ids import new_id

_NONCE_BYTES = 12


def encrypt_secret(work: Work, secret: str, *, purpose: str) -> str:
    """`secret` as it may be stored.

    purpose  what it is for ("totp", "connector:shopify"); opening it needs the same
    """
    key_id, key = _newest_key(work) or make_data_key(work)
    sealed = _seal(key, secret.encode(), _bound_to(work, purpose))
    return f"v1.{key_id.hex}.{sealed}"


def decrypt_secret(work: Work, stored: str, *, purpose: str) -> str:
    """What `encrypt_secret` was given. A value of another tenant or purpose is a bug and crashes."""
    version, key_id, sealed = stored.split(".")
    assert version == "v1"
    wrapped = work.scalar(
        "SELECT wrapped_key FROM tenant_data_keys WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": UUID(key_id)},
    )
    assert wrapped is not None
    return _open(_unwrap(work, wrapped), sealed, _bound_to(work, purpose)).decode()


def make_data_key(work: Work) -> tuple[UUID, bytes]:
    """Makes and stores a new data key; from now on secrets are encrypted with it. Older ones still open."""
    key_id, key = new_id(), AESGCM.generate_key(256)
    wrapped = _seal(_wrapping_key(), key, _bound_to(work, "data key"))
    work.execute(
        "INSERT INTO tenant_data_keys (tenant_id, id, wrapped_key) VALUES (%(tenant)s, %(id)s, %(wrapped)s)",
        {"tenant": work.tenant_id, "id": key_id, "wrapped": wrapped},
    )
    return key_id, key


def _newest_key(work: Work) -> tuple[UUID, bytes] | None:
    row = work.row(
        "SELECT id, wrapped_key FROM tenant_data_keys WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT 1",
        {"tenant": work.tenant_id},
    )
    return (row.id, _unwrap(work, row.wrapped_key)) if row else None


def _unwrap(work: Work, wrapped: str) -> bytes:
    return _open(_wrapping_key(), wrapped, _bound_to(work, "data key"))


def _wrapping_key() -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"orderloom tenant data keys v1")
    return derive.derive(settings.get("ORDERLOOM_SECRET_KEY").encode())


def _bound_to(work: Work, purpose: str) -> bytes:
    return f"{work.tenant_id}:{purpose}".encode()


def _seal(key: bytes, plain: bytes, bound_to: bytes) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, plain, bound_to)).decode()


def _open(key: bytes, sealed: str, bound_to: bytes) -> bytes:
    raw = base64.urlsafe_b64decode(sealed)
    return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to)
