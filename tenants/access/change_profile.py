"""What a user decides about himself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from kernel.db import Work
from kernel.i18n import LOCALES
from tenants.access.audit import audit, difference
from tenants.access.errors import UserUnknown
from tenants.access.ids import user_text

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = ("system", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProfile:
    """None leaves a field as it is.

    locale     zh-CN or en
    shortcuts  single-key shortcuts on or off
    """

    user_id: UUID
    name: str | None = None
    locale: str | None = None
    theme: str | None = None
    shortcuts: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged:
    user_id: UUID
    changed: tuple[str, ...]


def change_profile(work: Work, command: ChangeProfile) -> ProfileChanged:
    """raises UserUnknown"""
    assert command.locale is None or command.locale in LOCALES
    assert command.theme is None or command.theme in THEMES
    user = work.row(
        "SELECT name, locale, theme, shortcuts FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s FOR UPDATE",
        {"tenant": work.tenant_id, "user": command.user_id},
    )
    if user is None:
        raise UserUnknown
    before = user._asdict()
    wanted = {
        "name": (command.name or "").strip() or None,
        "locale": command.locale,
        "theme": command.theme,
        "shortcuts": command.shortcuts,
    }
    after = {**before, **{name: value for name, value in wanted.items() if value is not None}}
    changes = difference(before, after)
    if changes:
        work.execute(
            "UPDATE users SET name = %(name)s, locale = %(locale)s, theme = %(theme)s, shortcuts = %(shortcuts)s"
            " WHERE tenant_id = %(tenant)s AND id = %(user)s",
            {**after, "tenant": work.tenant_id, "user": command.user_id},
        )
        audit(work, "user.change_profile", "user", user_text(command.user_id), changes)
    return ProfileChanged(user_id=command.user_id, changed=tuple(changes))
