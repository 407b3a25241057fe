"""What a change of custom values leaves in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.mask import DOTS

Changes = Mapping[str, tuple[Any, Any]]


def told_changes(
    fields: EntityFields | None, before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = ""
) -> dict[str, tuple[Any, Any]]:
    """Field -> (before, after) of what differs. Of fields that not everybody may see, only that they changed."""
    found = {}
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old != new:
            field = fields.fields.get(key) if fields else None
            secret = field is not None and bool(field.view or field.mask_roles)
            found[f"{prefix}{key}"] = (_told(old, secret), _told(new, secret))
    return found


def _told(value: Any, secret: bool) -> Any:
    if value is None:
        return None
    return DOTS if secret else value
