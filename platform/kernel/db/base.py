"""The base of every row, and the column types of the house."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import CHAR, Date, DateTime, ForeignKeyConstraint, MetaData, Numeric, Text, UniqueConstraint
from sqlalchemy import UUID as SqlUuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kernel.ids import new_id

Amount = Annotated[Decimal, "numeric(20,4), rounded to its currency's digits"]
UnitPrice = Annotated[Decimal, "numeric(20,8)"]
Quantity = Annotated[Decimal, "numeric(18,4), in the product's base unit"]
Rate = Annotated[Decimal, "numeric(12,6), 0.19 is 19 %"]
Currency = Annotated[str, "char(3), ISO 4217"]
Instant = Annotated[datetime, "timestamptz, UTC"]
Day = Annotated[date, "tenant-local calendar day"]
Json = Annotated[Any, "jsonb"]

_naming = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_1_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Plain declarative base; Flask-SQLAlchemy shares its metadata, so the domain needs no Flask."""

    metadata = MetaData(naming_convention=_naming)
    type_annotation_map = {  # noqa: RUF012  (declared so by SQLAlchemy)
        Amount: Numeric(20, 4),
        UnitPrice: Numeric(20, 8),
        Quantity: Numeric(18, 4),
        Rate: Numeric(12, 6),
        Currency: CHAR(3),
        Instant: DateTime(timezone=True),
        Day: Date(),
        Json: JSONB(none_as_null=True),
        str: Text(),
        UUID: SqlUuid(as_uuid=True),
        datetime: DateTime(timezone=True),
    }


class TenantRow(Base):
    """A row that belongs to one tenant: `tenant_id` leads its primary key, whatever follows."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class TenantModel(TenantRow):
    """A tenant's row with an id of its own."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


def tenant_foreign_key(column: str, target: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the tenant: (tenant_id, `column`) -> (table.tenant_id, table.id)."""
    table, _, key = target.partition(".")
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.{key}"], ondelete=ondelete)


def tenant_unique(*columns: str, name: str | None = None) -> UniqueConstraint:
    """Unique within a tenant."""
    return UniqueConstraint("tenant_id", *columns, name=name)
