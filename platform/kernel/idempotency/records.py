"""Same key and body, same answer: two statements around a use case, in its own transaction.

The claim is a lock of the transaction, not a row: whoever comes second while the first still runs is told so at
once instead of waiting, and a crash leaves nothing behind. The answer is a row written by the transaction that
did the work, so neither exists without the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from kernel.db import Work
from kernel.errors import Conflict, Invalid
from kernel.ids import new_id

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 255


class StillRunning(Conflict):
    """The first request with this key has not answered yet. Ask again in a second."""

    code = "idempotency_running"
    message = "An earlier request with this Idempotency-Key is still running. Try again in a moment."


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Choose a new key."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A write that carries a key.

    owner        prefixed id of the API key or user; keys of two owners never meet
    key          as sent, at most 255 characters
    fingerprint  SHA-256 of method, path and body
    """

    owner: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    body: Any


_CLAIM = """
SELECT pg_try_advisory_xact_lock(%(lock)s::bigint) AS free, r.fingerprint, r.status, r.body
FROM (SELECT 1) AS one
LEFT JOIN idempotency_records r
  ON r.tenant_id = %(tenant)s AND r.owner = %(owner)s AND r.key = %(key)s AND r.expires_at > %(now)s
"""

_KEEP = """
INSERT INTO idempotency_records (tenant_id, id, owner, key, fingerprint, status, body, created_at, expires_at)
VALUES (%(tenant)s, %(id)s, %(owner)s, %(key)s, %(fingerprint)s, %(status)s, %(body)s, %(now)s, %(expires)s)
ON CONFLICT (tenant_id, owner, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
  body = excluded.body, created_at = excluded.created_at, expires_at = excluded.expires_at
WHERE idempotency_records.expires_at <= %(now)s
"""


def claim(work: Work, claimed: Claim) -> KeptAnswer | None:
    """The answer that was given before, or None: then this transaction is the first, and `keep` ends it.

    raises StillRunning, KeyReused
    """
    lock = hashlib.sha256(f"{work.tenant_id}\0{claimed.owner}\0{claimed.key}".encode()).digest()[:8]
    row = work.row(
        _CLAIM,
        {
            "lock": int.from_bytes(lock, signed=True),
            "tenant": work.tenant_id,
            "owner": claimed.owner,
            "key": claimed.key,
            "now": work.now,
        },
    )
    assert row is not None
    if row.fingerprint is not None:
        if row.fingerprint != claimed.fingerprint:
            raise KeyReused
        return KeptAnswer(status=row.status, body=row.body)
    if not row.free:
        raise StillRunning
    return None


def keep(work: Work, claimed: Claim, answer: KeptAnswer) -> None:
    """Stores the answer for 24 hours.

    raises StillRunning  where another transaction committed one between our look and our lock; what this one
                         did must be rolled back, and the next try gets the other's answer
    """
    stored = work.execute(
        _KEEP,
        {
            "tenant": work.tenant_id,
            "id": new_id(),
            "owner": claimed.owner,
            "key": claimed.key,
            "fingerprint": claimed.fingerprint,
            "status": answer.status,
            "body": Jsonb(answer.body),
            "now": work.now,
            "expires": work.now + KEPT_FOR,
        },
    )
    if not stored:
        raise StillRunning
