"""Row ids are UUIDv7 (sorted by time of making); outside they are prefixed text such as `ord_01jd…`.

The text form is the prefix, an underscore and 26 characters of Crockford base32 in lower case,
which sort as the ids do (the shape of the TypeID specification).
"""

from __future__ import annotations

import base64
import os
import threading
import time
from uuid import UUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_TEXT_LENGTH = 26
_FROM_RFC_4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())

_lock = threading.Lock()
_last_timestamp = 0


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7) that is greater than every one this process made before.

    The 12 bits behind the millisecond hold its fraction (method 3 of §6.2), so ids of one
    process sort by the moment of their making.
    """
    global _last_timestamp
    nanoseconds = time.time_ns()
    timestamp = (nanoseconds // 1_000_000 << 12) | ((nanoseconds % 1_000_000) << 12) // 1_000_000
    with _lock:
        timestamp = max(timestamp, _last_timestamp + 1)
        _last_timestamp = timestamp
    tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=(timestamp >> 12 << 80) | (0x7 << 76) | ((timestamp & 0xFFF) << 64) | (0b10 << 62) | tail)


def to_text(prefix: str, value: UUID) -> str:
    """`ord` and a UUID -> `ord_…`.

    >>> to_text("ord", UUID("01940000-0000-7000-8000-000000000001"))
    'ord_01jg000000e008000000000001'
    """
    # 20 bytes are 32 characters of base32, of which the last 26 hold the 128 bits.
    text = base64.b32encode(value.int.to_bytes(20)).translate(_FROM_RFC_4648)[-_TEXT_LENGTH:].decode()
    return f"{prefix}_{text}"


def from_text(prefix: str, text: str) -> UUID | None:
    """The UUID behind `text`, or None where it is not an id of this prefix."""
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != _TEXT_LENGTH or tail[0] > "7":
        return None
    number = 0
    for character in tail:
        value = _VALUES.get(character)
        if value is None:
            return None
        number = number << 5 | value
    return UUID(int=number)
