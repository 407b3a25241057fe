"""What a masked value looks like: the last characters behind dots, and as many dots whatever is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

DOTS = "••••"


def masked(value: Any, keep: int) -> Any:
    """The last `keep` characters of a text or number behind dots, where at least as many stay hidden; of
    everything else the dots alone. None stays None.

    >>> masked("6222021234567890", 4), masked("1234", 4), masked(True, 4)
    ('••••7890', '••••', '••••')
    """
    if value is None:
        return None
    if isinstance(value, bool | list | Mapping) or not isinstance(value, str | int | Decimal):
        return DOTS
    text = value if isinstance(value, str) else format(value, "f")
    return DOTS + text[-keep:] if keep and len(text) >= 2 * keep else DOTS
