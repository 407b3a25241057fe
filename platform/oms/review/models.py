"""How soon somebody should look at a hold."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from kernel.db import TenantModel, tenant_unique


class ReviewService(TenantModel):
    """A hold of this type should be looked at within so many hours of the company's business time."""

    __tablename__ = "review_services"
    __table_args__ = (
        tenant_unique("hold_type"),
        CheckConstraint("hours BETWEEN 1 AND 1000", name="hours_sane"),
    )

    hold_type: Mapped[str]
    hours: Mapped[int]
