"""Text ids of access: what stands in URLs, the API and the audit log."""

from __future__ import annotations

from uuid import UUID

from kernel.ids import from_text, to_text
from tenants.access.errors import ApiKeyUnknown, DepartmentUnknown, RoleUnknown, UserUnknown


def user_text(user_id: UUID) -> str:
    return to_text("usr", user_id)


def role_text(role_id: UUID) -> str:
    return to_text("rol", role_id)


def key_text(key_id: UUID) -> str:
    return to_text("key", key_id)


def department_text(department_id: UUID) -> str:
    return to_text("dep", department_id)


def user_id_of(text: str) -> UUID:
    """raises UserUnknown where `text` is no id of a user"""
    found = from_text("usr", text)
    if found is None:
        raise UserUnknown(user=text)
    return found


def role_id_of(text: str) -> UUID:
    """raises RoleUnknown where `text` is no id of a role"""
    found = from_text("rol", text)
    if found is None:
        raise RoleUnknown(role=text)
    return found


def key_id_of(text: str) -> UUID:
    """raises ApiKeyUnknown where `text` is no id of an API key"""
    found = from_text("key", text)
    if found is None:
        raise ApiKeyUnknown(key=text)
    return found


def department_id_of(text: str) -> UUID:
    """raises DepartmentUnknown where `text` is no id of a department"""
    found = from_text("dep", text)
    if found is None:
        raise DepartmentUnknown(department=text)
    return found
