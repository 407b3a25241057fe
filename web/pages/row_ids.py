"""Ids as they stand in addresses and forms of the pages."""

from __future__ import annotations

from uuid import UUID

from kernel.ids import from_text

NOBODY = UUID(int=0)  # the id of no row: the use case then says what it did not find


def id_in(prefix: str, text: str) -> UUID:
    """The id behind `text`. One of another form names nothing, so nothing is found by it."""
    return from_text(prefix, text.strip()) or NOBODY
