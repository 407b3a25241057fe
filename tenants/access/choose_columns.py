"""Which further columns a user wants to see in a list."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Invalid
from kernel.i18n import N_
from tenants.access.audit import audit
from tenants.access.errors import UserUnknown
from tenants.access.ids import user_text

MOST_COLUMNS = 6


class TooManyColumns(Invalid):
    """A list with more would not be read on any screen."""

    code = "too_many_columns"
    message = N_("Choose at most {most} columns.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseColumns:
    """listed: name of the list ("orders"); columns: keys of own fields, in the order in which they stand"""

    user_id: UUID
    listed: str
    columns: tuple[str, ...]


def choose_columns(work: Work, command: ChooseColumns) -> None:
    """raises UserUnknown, TooManyColumns"""
    if len(command.columns) > MOST_COLUMNS:
        raise TooManyColumns(most=MOST_COLUMNS)
    before = work.row(
        "SELECT list_columns -> %(list)s AS columns FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s"
        " FOR UPDATE",
        {"tenant": work.tenant_id, "user": command.user_id, "list": command.listed},
    )
    if before is None:
        raise UserUnknown
    chosen = list(command.columns)
    if chosen == (before.columns or []):
        return
    work.execute(
        "UPDATE users SET list_columns = list_columns || jsonb_build_object(%(list)s::text, %(columns)s::jsonb)"
        " WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": command.user_id, "list": command.listed, "columns": dumps(chosen)},
    )
    changes = {f"list_columns.{command.listed}": (before.columns or [], chosen)}
    audit(work, "user.change_profile", "user", user_text(command.user_id), changes)


def chosen_columns(work: Work, listed: str) -> list[str]:
    """What the actor chose; [] for whoever is no user."""
    found = work.scalar(
        "SELECT list_columns -> %(list)s FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s",
        {"tenant": work.tenant_id, "user": work.actor.id, "list": listed},
    )
    return [str(key) for key in found or ()]
