"""Numbers for orders, by a numbering document.

Without `gapless`, each process takes numbers in blocks by a short transaction of its own, so that orders of one
tenant do not wait for each other; a block that a stopped process did not use up leaves a gap. With `gapless`, the
counter is raised in the order's own transaction, and orders are placed one after the other.

Whoever takes a block holds locks of his order already. So nobody may keep a counter without `gapless` locked while he
goes on to take locks: the database could not see that the two wait for each other.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from uuid import UUID

from kernel.db import SYSTEM, Work
from tenants.scope import open_work

_BLOCK = 20
_RAISE = """
INSERT INTO number_counters (tenant_id, key, period, last) VALUES (%(tenant)s, %(key)s, %(period)s, %(count)s)
ON CONFLICT (tenant_id, key, period) DO UPDATE SET last = number_counters.last + %(count)s
RETURNING last
"""


@dataclass(slots=True)
class _Block:
    next: int
    last: int


_blocks: dict[tuple[str, UUID, str, str], _Block] = {}
_lock = threading.Lock()


def reserve_number(work: Work, *, key: str, period: str, gapless: bool) -> int:
    """The next number of the counter `key` in `period`, counting from 1."""
    if gapless:
        return _raise(work, key, period, 1)
    # The database is part of the key: a process may serve several, and tests do.
    block_key = (str(work.connection.engine.url), work.tenant_id, key, period)
    with _lock:
        block = _blocks.get(block_key)
        if block is None or block.next > block.last:
            with open_work(work.connection.engine, work.tenant_id, SYSTEM) as own:
                last = _raise(own, key, period, _BLOCK)
            block = _blocks[block_key] = _Block(next=last - _BLOCK + 1, last=last)
        number = block.next
        block.next += 1
        return number


def reserve_numbers(work: Work, *, key: str, period: str, gapless: bool, count: int) -> int:
    """The first of `count` numbers in a row."""
    if gapless:
        return _raise(work, key, period, count) - count + 1
    with open_work(work.connection.engine, work.tenant_id, SYSTEM) as own:
        return _raise(own, key, period, count) - count + 1


def _raise(work: Work, key: str, period: str, count: int) -> int:
    last = work.scalar(_RAISE, {"tenant": work.tenant_id, "key": key, "period": period, "count": count})
    return int(last)
