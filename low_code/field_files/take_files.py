"""A row takes the files that its values name, and lets go of those that they name no longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import from_text

_TAKE = """
UPDATE field_files SET row_id = %(row)s, field_key = %(key)s
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND entity = %(entity)s AND row_id IS NULL
"""
_LET_GO = """
DELETE FROM field_files
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND entity = %(entity)s AND row_id = %(row)s AND field_key = %(key)s
"""


def take_files(
    work: Work, entity: str, row_id: UUID, names: Mapping[str, Iterable[str]], *, before: Mapping[str, Any]
) -> None:
    """names   field key -> ids of its files as text; they were found to be the row's or the actor's own
    before  what the row's fields named until now
    """
    for key, texts in names.items():
        parameters = {"tenant": work.tenant_id, "entity": entity, "row": row_id, "key": key}
        now, then = set(texts), set(before.get(key) or ())
        if now - then:
            work.execute(_TAKE, {**parameters, "ids": _ids(now - then)})
        if then - now:
            work.execute(_LET_GO, {**parameters, "ids": _ids(then - now)})


def _ids(texts: Iterable[str]) -> list[UUID]:
    return [found for text in texts if (found := from_text("fil", text)) is not None]
