"""People for a test of a flow: whoever a document names is there, so that the way depends on the document alone."""

from __future__ import annotations

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

    def administrators(self) -> list[UUID]:
        return [uuid5(NAMESPACE_OID, "administrator")]
