"""Makes a user: with a password (set-up, demo), or by invitation (`invite_user`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

import psycopg

from kernel.db import Work
from kernel.ids import new_id
from tenants.access.audit import audit, difference
from tenants.access.change_user import check_colleague, check_department
from tenants.access.errors import EmailMalformed, EmailTaken
from tenants.access.ids import user_text
from tenants.access.passwords import check_strength, hash_password
from tenants.access.set_roles import SetRoles, set_roles

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+|[^@\s]+@localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUser:
    """password     None: the user cannot sign in until an invitation is taken up
    manager_id, department_id, approval_limit  as in ChangeUser
    customer_id  given for a portal user only: the company he orders for
    customer_scope, location_scope  the only ones that he may see; None is all of them
    """

    email: str
    name: str
    password: str | None = None
    role_keys: tuple[str, ...] = ()
    locale: Literal["zh-CN", "en"] = "en"
    customer_id: UUID | None = None
    manager_id: UUID | None = None
    department_id: UUID | None = None
    approval_limit: Decimal | None = None
    customer_scope: tuple[UUID, ...] | None = None
    location_scope: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered:
    user_id: UUID
    email: str


def clean_email(email: str) -> str:
    """Lower case, without blanks around it.

    raises EmailMalformed
    """
    cleaned = email.strip().lower()
    if len(cleaned) > 254 or not _EMAIL.fullmatch(cleaned):
        raise EmailMalformed(email=cleaned)
    return cleaned


def register_user(work: Work, command: RegisterUser) -> UserRegistered:
    """raises EmailTaken, EmailMalformed, PasswordTooWeak, RoleUnknown, CannotGrantMore,
    DepartmentUnknown, UserUnknown (the manager)"""
    email = clean_email(command.email)
    if command.password is not None:
        check_strength(command.password, email=email)
    check_department(work, command.department_id)
    if command.manager_id is not None:
        check_colleague(work, command.manager_id)
    user_id = new_id()
    columns = {
        "kind": "portal" if command.customer_id else "staff",
        "email": email,
        "name": command.name.strip() or email.partition("@")[0],
        "locale": command.locale,
        "customer_id": command.customer_id,
        "manager_id": command.manager_id,
        "department_id": command.department_id,
        "approval_limit": command.approval_limit,
        "customer_scope": _as_list(command.customer_scope),
        "location_scope": _as_list(command.location_scope),
    }
    password_hash = hash_password(command.password) if command.password is not None else None
    taken = work.scalar(
        "SELECT 1 FROM users WHERE tenant_id = %(tenant)s AND email = %(email)s",
        {"tenant": work.tenant_id, "email": email},
    )
    if taken:
        raise EmailTaken(email=email)
    try:
        work.execute(
            f"INSERT INTO users (tenant_id, id, password_hash, {', '.join(columns)})"
            f" VALUES (%(tenant)s, %(id)s, %(password_hash)s, {', '.join(f'%({name})s' for name in columns)})",
            {**columns, "tenant": work.tenant_id, "id": user_id, "password_hash": password_hash},
        )
    except psycopg.errors.UniqueViolation:  # someone was a moment faster
        raise EmailTaken(email=email) from None
    told = {name: _as_text(value) for name, value in columns.items() if value is not None}
    audit(work, "user.create", "user", user_text(user_id), difference({}, told))
    if command.role_keys:
        set_roles(work, SetRoles(user_id=user_id, role_keys=command.role_keys))
    return UserRegistered(user_id=user_id, email=email)


def _as_list(ids: tuple[UUID, ...] | None) -> list[UUID] | None:
    return None if ids is None else list(ids)


def _as_text(value: object) -> object:
    return [str(each) for each in value] if isinstance(value, list) else str(value)
