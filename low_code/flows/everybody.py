"""People for a test of a flow: whoever a document names is there, so that the way depends on the document alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

SOMEBODY = uuid5(NAMESPACE_OID, "submitter")


class Everybody:
    """Answers `flows.people.Directory`: one person for each role and address, each with a manager of their own."""

    def active(self, user: UUID) -> bool:
        return True

    def with_role(self, role_key: str) -> list[UUID]:
        return [uuid5(NAMESPACE_OID, f"role {role_key}")]

    def with_email(self, email: str) -> UUID | None:
        return uuid5(NAMESPACE_OID, f"user {email}")

    def manager_of(self, user: UUID) -> UUID | None:
        return uuid5(user, "manager")

    def heads_above(self, user: UUID) -> list[UUID | None]:
        return [uuid5(user, f"head {level}") for level in range(1, 4)]

    def head_of(self, department_key: str) -> UUID | None:
        return uuid5(NAMESPACE_OID, f"head of {department_key}")

    def approval_limit(self, user: UUID) -> Decimal | None:
        return None

    def delegate_of(self, user: UUID, flow_key: str, today: date) -> UUID | None:
        return None

    def staff(self) -> list[UUID]:
        return [uuid5(NAMESPACE_OID, "colleague")]

    def administrators(self) -> list[UUID]:
        return [uuid5(NAMESPACE_OID, "administrator")]
