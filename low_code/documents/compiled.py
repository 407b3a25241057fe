"""Compiled documents of recent releases, kept in this process.

A release never changes, so an entry is never wrong; it is only forgotten. Which release is in force is asked
of `work.tenant`, which every unit of work reads afresh.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from kernel.db import Work
from low_code.documents.queries import read_documents, read_manifest
from low_code.registry import Configuration, installed

# In memory, over all tenants: whichever is reached first. The second holds where releases are large.
MAX_RELEASES = 256
MAX_DOCUMENTS = 20_000

_lock = threading.Lock()
_recent: OrderedDict[tuple[UUID, int], Configuration] = OrderedDict()
# A release that this unit of work publishes is not committed yet, so nobody else may find it here.
_uncommitted: WeakKeyDictionary[Work, dict[int, Configuration]] = WeakKeyDictionary()


def configuration(work: Work, release: int | None = None) -> Configuration:
    """All documents of a release (None: the one in force), compiled as they are asked for.

    raises  ReleaseUnknown
    """
    number = work.tenant.head_release if release is None else release
    own = _uncommitted.get(work, {}).get(number)
    if own is not None:
        return own
    name = (work.tenant_id, number)
    with _lock:
        if name in _recent:
            _recent.move_to_end(name)
            return _recent[name]
    manifest = read_manifest(work, number)
    loaded = Configuration(installed(), read_documents(work, manifest), hashes=manifest, release=number)
    with _lock:
        _recent[name] = loaded
        _forget_oldest()
    return loaded


def _forget_oldest() -> None:
    """Those that nobody asked for the longest go first; the newest stays, however large it is."""
    documents = sum(len(each.documents) for each in _recent.values())
    while len(_recent) > 1 and (len(_recent) > MAX_RELEASES or documents > MAX_DOCUMENTS):
        _, oldest = _recent.popitem(last=False)
        documents -= len(oldest.documents)


def compiled(work: Work, kind: str, key: str, release: int | None = None) -> Any:
    """A compiled document of a release (None: the one in force).

    raises  DocumentUnknown, ReleaseUnknown
    """
    return configuration(work, release).compiled(kind, key)


def keep_uncommitted(work: Work, published: Configuration) -> None:
    """Lets the unit of work that publishes see its own release, and nobody else before it commits."""
    _uncommitted.setdefault(work, {})[published.release] = published


def forget_all() -> None:
    """Empties the cache: for tests that install another registry."""
    with _lock:
        _recent.clear()
