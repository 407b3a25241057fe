"""The link in a mail: names one question and cannot be made up. It opens nothing but that question."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from kernel import settings

_DIGEST_BYTES = 16


def token_of(tenant_id: UUID, question_id: UUID) -> str:
    """URL-safe; holds for this tenant only."""
    return base64.urlsafe_b64encode(question_id.bytes + _signature(tenant_id, question_id)).decode().rstrip("=")


def question_of(tenant_id: UUID, token: str) -> UUID | None:
    """The question that a token names; None where it was not made by `token_of` for this tenant."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + _DIGEST_BYTES:
        return None
    question_id = UUID(bytes=raw[:16])
    # The text itself is compared: Base64 has several spellings of the same bytes.
    return question_id if hmac.compare_digest(token.encode(), token_of(tenant_id, question_id).encode()) else None


def address_of(slug: str, tenant_id: UUID, question_id: UUID) -> str:
    """The absolute address, from the settings."""
    base = settings.get("ORDERLOOM_PUBLIC_URL").rstrip("/")
    root = base.replace("{slug}", slug) if "{slug}" in base else f"{base}/t/{slug}"
    return f"{root}/b/{token_of(tenant_id, question_id)}"


def _signature(tenant_id: UUID, question_id: UUID) -> bytes:
    key = settings.get("ORDERLOOM_SECRET_KEY").encode()
    message = b"backorder-question" + tenant_id.bytes + question_id.bytes
    return hmac.new(key, message, hashlib.sha256).digest()[:_DIGEST_BYTES]
