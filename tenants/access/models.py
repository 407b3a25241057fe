"""Users, roles, API keys, sessions, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy import UUID as SqlUuid
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Instant, Json, TenantModel, tenant_foreign_key, tenant_unique


class Role(TenantModel):
    """A named set of permissions, made by the tenant. The shipped ones (`built_in`) can be copied, not changed."""

    __tablename__ = "roles"
    __table_args__ = (tenant_unique("key"),)

    key: Mapped[str]  # stable; what approval flows and field rights name
    names: Mapped[Json]  # {"en": "Finance", "zh-CN": "财务"}
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    built_in: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class User(TenantModel):
    """A person who signs in: staff of the tenant, or portal user of one of its customers."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'portal')", name="kind_known"),
        CheckConstraint("(kind = 'portal') = (customer_id IS NOT NULL)", name="portal_has_customer"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("approval_limit >= 0", name="approval_limit_not_negative"),
        tenant_foreign_key("department_id", "departments.id"),
        Index("ix_users_department", "tenant_id", "department_id"),
        tenant_unique("email"),
    )

    kind: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]  # Argon2id; None until the invitation is taken up
    locale: Mapped[str] = mapped_column(server_default="en")
    theme: Mapped[str] = mapped_column(server_default="system")  # system, light, dark
    # The company that a portal user orders for; the domain owns that table, so no foreign key stands here.
    customer_id: Mapped[UUID | None]
    manager_id: Mapped[UUID | None]  # reporting chain, for approvals
    department_id: Mapped[UUID | None]
    # How much this user may decide alone, in the tenant's currency; a chain of managers may end at who may.
    approval_limit: Mapped[Amount | None]
    # Row scope: which customers and locations this user may see; null is all of them.
    customer_scope: Mapped[list[UUID] | None] = mapped_column(ARRAY(SqlUuid(as_uuid=True)))
    location_scope: Mapped[list[UUID] | None] = mapped_column(ARRAY(SqlUuid(as_uuid=True)))
    site_scope: Mapped[list[UUID] | None] = mapped_column(ARRAY(SqlUuid(as_uuid=True)))  # of his own customer
    shortcuts: Mapped[bool] = mapped_column(server_default=text("true"))  # single-key shortcuts (WCAG 2.1.4)
    # The tenant's own fields that this user wants to see as columns: {"orders": ["po", "weight"]}
    list_columns: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    totp_secret: Mapped[str | None]  # encrypted with the tenant's data key; None: no second factor
    totp_pending: Mapped[str | None]  # shown as a QR code, not yet confirmed by a first code; encrypted
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)  # 30 s step of the last code, which works once
    recovery_hashes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # unused ones
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    session_epoch: Mapped[int] = mapped_column(server_default="0")  # raised by "sign out everywhere"
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class Department(TenantModel):
    """A part of the company. Departments form a tree; the head answers for all who are in it and below."""

    __tablename__ = "departments"
    __table_args__ = (
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        tenant_foreign_key("parent_id", "departments.id"),
        Index("ix_departments_parent", "tenant_id", "parent_id"),
        tenant_unique("key"),
    )

    key: Mapped[str]  # stable; what documents and field values name
    names: Mapped[Json]  # {"en": "Sales", "zh-CN": "销售部"}
    parent_id: Mapped[UUID | None]
    head_id: Mapped[UUID | None]  # a user; users are never deleted, and theirs would be a circle of foreign keys
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class UserRole(TenantModel):
    """A role that a user has."""

    __tablename__ = "user_roles"
    __table_args__ = (
        tenant_foreign_key("user_id", "users.id", ondelete="CASCADE"),
        tenant_foreign_key("role_id", "roles.id", ondelete="CASCADE"),
        tenant_unique("user_id", "role_id"),
    )

    user_id: Mapped[UUID]
    role_id: Mapped[UUID]


class ApiKey(TenantModel):
    """A partner's key. Shown once; only a hash, the prefix and the last four characters are kept."""

    __tablename__ = "api_keys"
    __table_args__ = (tenant_unique("secret_hash"),)

    name: Mapped[str]
    prefix: Mapped[str]  # "oms_live_" and the first characters, to recognise it by
    last_four: Mapped[str]
    secret_hash: Mapped[str]  # SHA-256 of the whole key; it has 160 random bits, so no salt is needed
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    role_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # whose field rights it has
    rate_limit: Mapped[str | None]  # "600/minute"; None: the setting ORDERLOOM_API_RATE
    created_by: Mapped[UUID | None]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # to the minute, so that the hot path seldom writes it


class UserToken(TenantModel):
    """A one-time token sent by mail: password reset or invitation. Kept as a hash."""

    __tablename__ = "user_tokens"
    __table_args__ = (
        tenant_foreign_key("user_id", "users.id", ondelete="CASCADE"),
        CheckConstraint("purpose IN ('reset_password', 'invitation')", name="purpose_known"),
        tenant_unique("token_hash"),
    )

    user_id: Mapped[UUID]
    purpose: Mapped[str]
    token_hash: Mapped[str]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class AuditEntry(TenantModel):
    """Who did what to which object, from where, with before and after. Append-only: the application role has
    no UPDATE or DELETE here."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_object", "tenant_id", "object_kind", "object_id", "id"),
        Index("ix_audit_entries_actor", "tenant_id", "actor_id", "id"),
    )

    at: Mapped[Instant]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    address: Mapped[str]  # IP
    request_id: Mapped[str]
    action: Mapped[str]  # "user.create", "order.cancel"
    object_kind: Mapped[str]  # "user", "order"
    object_id: Mapped[str]  # prefixed text id
    changes: Mapped[Json]  # {"name": ["before", "after"]}


class TenantDataKey(TenantModel):
    """The tenant's data key, wrapped by the key from the environment; secrets of the tenant are encrypted with it."""

    __tablename__ = "tenant_data_keys"

    wrapped_key: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
