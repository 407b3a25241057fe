"""How documents are named: `kind/key`, the same in manifests, bundles and references."""

from __future__ import annotations

import re
from dataclasses import dataclass

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


def address(kind: str, key: str) -> str:
    """`order_type/b2b`: a document's name within a tenant."""
    return f"{kind}/{key}"


def split_address(text: str) -> tuple[str, str]:
    """The kind and key of an address.

    raises  ValueError where it is not one
    """
    kind, slash, key = text.partition("/")
    if not slash or not KEY.fullmatch(kind) or not KEY.fullmatch(key):
        raise ValueError(f"{text!r} is not kind/key")
    return kind, key


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One document names another.

    pointer    RFC 6901, into the referring document
    to_member  the part that it needs of the other (a custom field's key); "" for the whole
    """

    from_kind: str
    from_key: str
    pointer: str
    to_kind: str
    to_key: str
    to_member: str = ""
