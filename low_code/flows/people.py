"""Whom a step asks. Documents name people by role, reporting line, field or e-mail; a `Directory` knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID


class Directory(Protocol):
    """Who is who. `flows.directory` answers from the tenant's users and roles; tests bring their own."""

    def active(self, user: UUID) -> bool:
        """Whether the user may be asked at all."""

    def with_role(self, role_key: str) -> Sequence[UUID]:
        """Active users who have the role, in a stable order."""

    def with_email(self, email: str) -> UUID | None:
        """The user with this address, active or not."""

    def manager_of(self, user: UUID) -> UUID | None:
        """The next person up the reporting line, active or not."""

    def administrators(self) -> Sequence[UUID]:
        """Active users who may mend a stuck approval, in a stable order."""


@dataclass(frozen=True, slots=True)
class World:
    """What a step may ask about: the subject's values, rooted as expressions read them, the people, and the
    tenant's business day."""

    values: Mapping[str, Any]
    directory: Directory
    today: date


@dataclass(frozen=True, slots=True)
class Who:
    """One entry of a `who` list.

    kind  users, role, chain, manager, submitter or field
    names e-mail addresses, the role's key or the field's path
    level how many steps up the reporting line; 0 where it does not apply
    """

    kind: str
    names: tuple[str, ...] = ()
    level: int = 0


def parse_who(entries: Sequence[Mapping[str, Any]]) -> tuple[Who, ...]:
    """`[{"role": "finance"}, {"chain": {"levels": 2}}]` as values. The schema has seen the entries."""
    return tuple(_PARSERS[kind](value) for entry in entries for kind, value in entry.items())


_PARSERS: Mapping[str, Callable[[Any], Who]] = {
    "users": lambda value: Who("users", tuple(value)),
    "role": lambda value: Who("role", (value,)),
    "chain": lambda value: Who("chain", level=int(value["levels"])),
    "manager": lambda value: Who("manager", level=int(value["level"])),
    "submitter": lambda value: Who("submitter"),
    "field": lambda value: Who("field", (value,)),
}


def find_people(who: Sequence[Who], world: World, submitter: UUID | None) -> tuple[UUID, ...]:
    """The active users whom `who` names, each once, in the order of the document."""
    found = [user for entry in who for user in _FINDERS[entry.kind](entry, world, submitter)]
    return tuple(user for user in dict.fromkeys(found) if world.directory.active(user))


def reporting_line(directory: Directory, user: UUID | None, levels: int) -> list[UUID]:
    """The managers above `user`, nearest first, at most `levels` of them. A loop ends the line."""
    line: list[UUID] = []
    at = user
    while at is not None and len(line) < levels:
        at = directory.manager_of(at)
        if at is None or at in line or at == user:
            break
        line.append(at)
    return line


def _users(entry: Who, world: World, submitter: UUID | None) -> list[UUID]:
    found = [world.directory.with_email(email) for email in entry.names]
    return [user for user in found if user is not None]


def _chain(entry: Who, world: World, submitter: UUID | None) -> list[UUID]:
    return reporting_line(world.directory, submitter, entry.level)


def _manager(entry: Who, world: World, submitter: UUID | None) -> list[UUID]:
    return reporting_line(world.directory, submitter, entry.level)[entry.level - 1 :]


def _field(entry: Who, world: World, submitter: UUID | None) -> list[UUID]:
    value = read_path(world.values, entry.names[0])
    candidates = value if isinstance(value, list) else [value]
    return [user for user in map(_as_user, candidates) if user is not None]


def _as_user(value: Any) -> UUID | None:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


_FINDERS: Mapping[str, Callable[[Who, World, UUID | None], Sequence[UUID]]] = {
    "users": _users,
    "role": lambda entry, world, submitter: world.directory.with_role(entry.names[0]),
    "chain": _chain,
    "manager": _manager,
    "submitter": lambda entry, world, submitter: [submitter] if submitter else [],
    "field": _field,
}


def read_path(values: Any, path: str) -> Any:
    """The value at a dotted path; a list on the way gives the list of what its elements hold; None if absent.

    >>> read_path({"order": {"lines": [{"qty": 1}, {"qty": 2}]}}, "order.lines.qty")
    [1, 2]
    """
    at = values
    for number, part in enumerate(parts := path.split(".")):
        if isinstance(at, list | tuple):
            rest = ".".join(parts[number:])
            return [read_path(element, rest) for element in at]
        at = at.get(part) if isinstance(at, Mapping) else None
    return list(at) if isinstance(at, tuple) else at
