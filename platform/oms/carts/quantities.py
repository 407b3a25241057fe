"""Quantities as buyers type them."""

from __future__ import annotations

import re
from decimal import Decimal

from oms.carts.errors import QuantityUnreadable

_PLAIN = re.compile(r"[0-9]{1,9}([.,][0-9]{1,4})?", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,4})?", re.ASCII)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def read_quantity(text: str) -> Decimal:
    """The quantity, 0 included: full-width digits, "1,200" and a decimal comma are understood.

    raises QuantityUnreadable
    >>> read_quantity("1,200"), read_quantity("2,5")
    (Decimal('1200'), Decimal('2.5'))
    """
    plain = text.strip().translate(_FULL_WIDTH).replace(" ", "").replace("\u00a0", "")
    if _THOUSANDS.fullmatch(plain):
        return Decimal(plain.replace(",", ""))
    if _PLAIN.fullmatch(plain):
        return Decimal(plain.replace(",", "."))
    raise QuantityUnreadable(value=text.strip()[:40])
