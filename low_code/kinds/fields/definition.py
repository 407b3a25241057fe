"""One custom field, compiled: what it holds, who may see and change it, what is computed for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from low_code.expressions import Checked, Evaluate
from low_code.kinds.fields.mask import masked
from low_code.kinds.fields.readers import Read
from low_code.kinds.fields.types import GIVEN_TYPES

Roles = frozenset[str] | None  # of who asks; None is the system, which may do everything


class Access(Enum):
    """How much of a value somebody sees."""

    NONE = 0
    MASKED = 1
    FULL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A copy of `field` ("name", "cf.region") of the row that the reference field `through` names."""

    through: str
    target: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How an auto-number is written."""

    prefix: str = ""
    digits: int = 5
    start: int = 1

    def render(self, count: int) -> str:
        """The text of the `count`th number, counting from 1."""
        return f"{self.prefix}{self.start + count - 1:0{self.digits}d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """One field.

    kept_as   the type of its values; of a computed field, that of its result
    read      raw value -> value as it is kept; raises Unreadable
    target    of a reference: what it refers to; "user", "department" and "file" for those types; "" for others
    options   ids that may be chosen; every_option: the retired ones too
    least, most  bounds as `measured` values; None: no bound
    matches   whether a text has the form that the field asks for; None: any form
    compute   gives the value, if the field is computed here; of a formula, a look-up by path, a roll-up
    fill      gives the default, where an expression does
    checked   the expressions, by the word that holds them in the document: for the browser's form conditions
    columns   of a sub-table, in order
    view, edit  role keys; empty: everybody. mask_roles: see only the last `mask_keep` characters
    """

    key: str
    labels: Mapping[str, str]
    help: Mapping[str, str]
    type: str
    kept_as: str
    read: Read
    target: str
    required: bool
    default: Any
    options: frozenset[str]
    every_option: frozenset[str]
    option_labels: Mapping[str, Mapping[str, str]]
    least: Any
    most: Any
    scale: int | None
    max_length: int | None
    matches: Callable[[Any], bool] | None
    compute: Evaluate | None
    fill: Evaluate | None
    lookup: Lookup | None
    numbering: Numbering | None
    columns: tuple[FieldDefinition, ...]
    max_rows: int
    max_files: int
    visible_when: Evaluate | None
    required_when: Evaluate | None
    readonly_when: Evaluate | None
    checked: Mapping[str, Checked]
    view: frozenset[str]
    edit: frozenset[str]
    mask_roles: frozenset[str]
    mask_keep: int
    search: str
    slot: bool
    group: str
    retired: bool

    @property
    def is_given(self) -> bool:
        """Whether the product gives the value, so that nobody may."""
        return self.type in GIVEN_TYPES

    @property
    def has_value(self) -> bool:
        return self.type != "section"

    def access(self, roles: Roles) -> Access:
        """The most that any of the roles gives. Nobody's roles (an empty set) see what everybody sees."""
        if roles is None or (not self.view and not self.mask_roles) or self.view & roles:
            return Access.FULL
        if not self.view and roles - self.mask_roles:
            return Access.FULL
        if self.mask_roles and (roles & self.mask_roles or not self.view):
            return Access.MASKED
        return Access.NONE

    def may_view(self, roles: Roles) -> bool:
        """Whether the whole value may be seen."""
        return self.access(roles) is Access.FULL

    def may_edit(self, roles: Roles) -> bool:
        if self.is_given or not self.has_value:
            return False
        return roles is None or ((not self.edit or bool(self.edit & roles)) and self.may_view(roles))

    def seen_as(self, value: Any, roles: Roles) -> Any:
        """The value as somebody with these roles sees it; None where he sees nothing."""
        access = self.access(roles)
        if access is Access.FULL:
            return value
        return masked(value, self.mask_keep) if access is Access.MASKED else None
