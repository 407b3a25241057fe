"""Whom a step asks. Documents name people by role, department, reporting line, field, table or e-mail, or leave the
choice to the submitter; a `Directory` knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.ids import from_text
from low_code.expressions import Environment

UTC = ZoneInfo("UTC")
LONGEST_LINE = 20  # managers or departments above somebody

TableLookup = Callable[[Mapping[str, Any], Environment], Sequence[str]]  # what a decision table says: names of people


class Directory(Protocol):
    """Who is who. `flows.directory` answers from the tenant's users, roles and departments; tests bring their own."""

    def active(self, user: UUID) -> bool:
        """Whether the user may be asked at all."""

    def with_role(self, role_key: str) -> Sequence[UUID]:
        """Active users who have the role, in a stable order."""

    def with_email(self, email: str) -> UUID | None:
        """The user with this address, active or not."""

    def manager_of(self, user: UUID) -> UUID | None:
        """The next person up the reporting line, active or not."""

    def heads_above(self, user: UUID) -> Sequence[UUID | None]:
        """Heads of the user's department and of those above it, nearest first; None where one has no head."""

    def head_of(self, department_key: str) -> UUID | None:
        """The head of a department, active or not."""

    def approval_limit(self, user: UUID) -> Decimal | None:
        """How much the user may decide alone; None: nothing was said."""

    def delegate_of(self, user: UUID, flow_key: str, today: date) -> UUID | None:
        """Who is asked in the user's place on that day, in this flow."""

    def administrators(self) -> Sequence[UUID]:
        """Active users who may mend a stuck approval, in a stable order."""

    def staff(self) -> Sequence[UUID]:
        """All active members of staff, in a stable order."""


@dataclass(frozen=True, slots=True)
class World:
    """What a step may ask about: the subject's values, rooted as expressions read them, the people, and the
    tenant's business day and zone."""

    values: Mapping[str, Any]
    directory: Directory
    today: date
    zone: ZoneInfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For whom people are looked for.

    chosen  whom the submitter chose for the step
    moment  when: what expressions and tables see as now and today
    """

    submitter: UUID | None
    moment: Environment
    chosen: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Who:
    """One entry of a `who` list.

    kind   users, role, chain, manager, department_head, head_of, submitter, submitter_choice, field or table
    names  e-mail addresses, the key of the role or department, or the path of the field
    level  how many steps up; 0 where it does not apply
    until_role, until_limit  a chain ends at the first who has the role, or who may decide the amount at that path
    among  of submitter_choice: whom the submitter may choose; () is all members of staff
    most   of submitter_choice: how many, at most
    table  of table: what its decision table says
    """

    kind: str
    names: tuple[str, ...] = ()
    level: int = 0
    until_role: str = ""
    until_limit: str = ""
    among: tuple[Who, ...] = ()
    most: int = 0
    table: TableLookup | None = None


ParseTable = Callable[[Mapping[str, Any]], TableLookup]


def parse_who(entries: Sequence[Mapping[str, Any]], table: ParseTable | None = None) -> tuple[Who, ...]:
    """`[{"role": "finance"}, {"chain": {"levels": 2}}]` as values. The schema has seen the entries.

    table  makes the look-up of a `table` entry
    """
    return tuple(_parsed(kind, value, table) for entry in entries for kind, value in entry.items())


def _parsed(kind: str, value: Any, table: ParseTable | None) -> Who:
    match kind:
        case "users":
            return Who("users", tuple(value))
        case "chain":
            until = value.get("until_role", ""), value.get("until_limit", "")
            return Who("chain", level=int(value.get("levels", LONGEST_LINE)), until_role=until[0], until_limit=until[1])
        case "manager" | "department_head":
            return Who(kind, level=int(value["level"]))
        case "submitter":
            return Who("submitter")
        case "submitter_choice":
            among = parse_who(value.get("among", ()), table)
            return Who("submitter_choice", among=among, most=int(value.get("most", 10)))
        case "table":
            assert table is not None, "only compiled documents name tables"
            return Who("table", (value["key"],), table=table(value))
    return Who(kind, (value,))


def find_people(who: Sequence[Who], world: World, asking: Asking) -> tuple[UUID, ...]:
    """The active users whom `who` names, each once, in the order of the document."""
    found = [user for entry in who for user in _FINDERS[entry.kind](entry, world, asking)]
    return tuple(user for user in dict.fromkeys(found) if world.directory.active(user))


def may_be_chosen(entry: Who, world: World, asking: Asking) -> tuple[UUID, ...]:
    """Among whom the submitter may choose."""
    if not entry.among:
        return tuple(world.directory.staff())
    return find_people(entry.among, world, asking)


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


def named_people(text: str, directory: Directory) -> list[UUID]:
    """Whom a text names: `role:finance`, `head:sales`, an e-mail address, a user's id; several parted by commas."""
    found: list[UUID] = []
    for name in (part.strip() for part in text.split(",")):
        kind, _, key = name.partition(":")
        if kind == "role" and key:
            found += directory.with_role(key.strip())
        elif kind == "head" and key:
            found += [user for user in (directory.head_of(key.strip()),) if user]
        else:
            found += [user for user in (_one_named(name, directory),) if user]
    return found


def _one_named(text: str, directory: Directory) -> UUID | None:
    if "@" in text:
        return directory.with_email(text)
    if (user := from_text("usr", text)) is not None:
        return user
    try:
        return UUID(text)
    except ValueError:
        return None


def _users(entry: Who, world: World, asking: Asking) -> list[UUID]:
    found = [world.directory.with_email(email) for email in entry.names]
    return [user for user in found if user is not None]


def _chain(entry: Who, world: World, asking: Asking) -> list[UUID]:
    line = reporting_line(world.directory, asking.submitter, entry.level)
    for number, user in enumerate(line, start=1):
        if _ends_chain(entry, world, user):
            return line[:number]
    return line


def _ends_chain(entry: Who, world: World, user: UUID) -> bool:
    if entry.until_role and user in world.directory.with_role(entry.until_role):
        return True
    if not entry.until_limit:
        return False
    limit, amount = world.directory.approval_limit(user), read_path(world.values, entry.until_limit)
    amount = getattr(amount, "amount", amount)  # money carries its currency; the limit is in the tenant's
    return limit is not None and isinstance(amount, Decimal | int) and amount <= limit


def _manager(entry: Who, world: World, asking: Asking) -> list[UUID]:
    return reporting_line(world.directory, asking.submitter, entry.level)[entry.level - 1 :]


def _department_head(entry: Who, world: World, asking: Asking) -> list[UUID]:
    heads = world.directory.heads_above(asking.submitter) if asking.submitter else ()
    return [head for head in heads[entry.level - 1 : entry.level] if head is not None]


def _field(entry: Who, world: World, asking: Asking) -> list[UUID]:
    value = read_path(world.values, entry.names[0])
    found: list[UUID] = []
    for candidate in value if isinstance(value, list) else [value]:
        if isinstance(candidate, UUID):
            found.append(candidate)
        elif isinstance(candidate, str):
            found += named_people(candidate, world.directory) if ":" not in candidate else []
    return found


def _table(entry: Who, world: World, asking: Asking) -> list[UUID]:
    assert entry.table is not None
    names = entry.table(world.values, asking.moment)
    return [user for name in names for user in named_people(name, world.directory)]


_FINDERS: Mapping[str, Callable[[Who, World, Asking], Sequence[UUID]]] = {
    "users": _users,
    "role": lambda entry, world, asking: world.directory.with_role(entry.names[0]),
    "chain": _chain,
    "manager": _manager,
    "department_head": _department_head,
    "head_of": lambda entry, world, asking: [
        head for head in (world.directory.head_of(entry.names[0]),) if head is not None
    ],
    "submitter": lambda entry, world, asking: [asking.submitter] if asking.submitter else [],
    "submitter_choice": lambda entry, world, asking: asking.chosen,
    "field": _field,
    "table": _table,
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
