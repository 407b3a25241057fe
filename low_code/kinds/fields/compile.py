"""A tenant's fields on one entity, ready to validate values with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from low_code.expressions import Environment, Evaluate, FieldSpec, compile_closure
from low_code.kinds.fields.types import READERS, Read, bound_reader, expression_type
from low_code.kinds.fields.validate import Validated, validate
from low_code.registry import Configuration, Registry
from low_code.registry.checking import checked_expression
from low_code.registry.kind import SubjectFields


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """One field.

    read      raw value -> value as it is kept; raises Unreadable
    options   ids that may be chosen; every_option: the retired ones too
    least, most  bounds as `measured` values; None: no bound
    matches   whether a text has the form that the field asks for; None: any form
    view, edit  role keys; empty: everybody
    """

    key: str
    labels: Mapping[str, str]
    type: str
    read: Read
    required: bool
    default: Any
    options: frozenset[str]
    every_option: frozenset[str]
    least: Any
    most: Any
    scale: int | None
    max_length: int | None
    matches: Callable[[Any], bool] | None
    visible_when: Evaluate | None
    required_when: Evaluate | None
    readonly_when: Evaluate | None
    view: frozenset[str]
    edit: frozenset[str]
    search: str
    group: str
    retired: bool

    def may_view(self, role_keys: frozenset[str] | None) -> bool:
        """role_keys: of who asks; None is the system, which may see everything."""
        return role_keys is None or not self.view or bool(self.view & role_keys)

    def may_edit(self, role_keys: frozenset[str] | None) -> bool:
        return role_keys is None or ((not self.edit or bool(self.edit & role_keys)) and self.may_view(role_keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFields:
    """The fields of one entity, in the order in which forms show them.

    home  where the values lie in the subject of the entity's conditions ("line.cf")
    """

    entity: str
    home: str
    fields: Mapping[str, FieldDefinition]

    def validate_values(
        self,
        values: Mapping[str, Any],
        *,
        row: Mapping[str, Any],
        moment: Environment,
        role_keys: frozenset[str] | None = None,
        stored: Mapping[str, Any] | None = None,
        partial: bool = False,
    ) -> Validated:
        """Values from outside as they are kept, and everything that is wrong with them.

        values     field key -> raw value; None or "" empties a field
        row        the subject around them, rooted as expressions read it; need not hold the custom values
        role_keys  of who writes; None is the system
        stored     what is kept now; {} or None for a new row
        partial    only these fields change: no defaults, and nothing is asked about fields that are not named
        returns    (clean values, problems, hidden keys); clean values hold all that is kept from now on, `stored`
                   included, and are to be used only where there is no problem
        """
        return validate(self, values, row=row, moment=moment, role_keys=role_keys, stored=stored or {}, partial=partial)

    def visible_to(self, values: Mapping[str, Any], role_keys: frozenset[str] | None) -> dict[str, Any]:
        """The kept values that somebody with these roles may see; retired fields are not shown."""
        return {
            key: value
            for key, value in values.items()
            if key in self.fields and not self.fields[key].retired and self.fields[key].may_view(role_keys)
        }


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> EntityFields:
    entity = configuration.registry.entities[key]
    subject = configuration.subject(entity.subject)

    def condition(definition: Mapping[str, Any], name: str) -> Evaluate | None:
        return compile_closure(checked_expression(definition[name], subject)) if name in definition else None

    def compiled(definition: Mapping[str, Any]) -> FieldDefinition:
        kind, options = definition["type"], definition.get("options", ())
        bound = bound_reader(kind)
        return FieldDefinition(
            key=definition["key"],
            labels=definition["labels"],
            type=kind,
            read=READERS[kind],
            required=definition.get("required", False),
            default=READERS[kind](definition["default"]) if "default" in definition else None,
            options=frozenset(option["id"] for option in options if not option.get("retired")),
            every_option=frozenset(option["id"] for option in options),
            least=bound(definition["min"]) if "min" in definition else None,
            most=bound(definition["max"]) if "max" in definition else None,
            scale=definition.get("scale"),
            max_length=definition.get("max_length"),
            matches=pattern_matcher(definition["pattern"]) if "pattern" in definition else None,
            visible_when=condition(definition, "visible_when"),
            required_when=condition(definition, "required_when"),
            readonly_when=condition(definition, "readonly_when"),
            view=frozenset(definition.get("view", ())),
            edit=frozenset(definition.get("edit", ())),
            search=definition.get("search", "eq"),
            group=definition.get("group", ""),
            retired=definition.get("retired", False),
        )

    fields = {definition["key"]: compiled(definition) for definition in body["fields"]}
    return EntityFields(entity=key, home=entity.home, fields=fields)


def pattern_matcher(pattern: str) -> Callable[[Any], bool]:
    """Whether a whole text matches, in time linear in its length (Rust's regex, RE2's language).

    raises  ValueError where the pattern is none
    """
    schema = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return jsonschema_rs.Draft202012Validator(schema, pattern_options=jsonschema_rs.RegexOptions()).is_valid


def extend_subjects(key: str, body: Mapping[str, Any], registry: Registry) -> SubjectFields:
    """What expressions may read of the entity, wherever it is mounted. Retired fields stay readable, so that
    what reads them still means something."""
    entity = registry.entities.get(key)
    if entity is None:
        return ()
    return [
        (subject, f"{prefix}.{definition['key']}", _spec(definition))
        for subject, prefix in dict.fromkeys(((entity.subject, entity.home), *entity.mounts))
        for definition in body["fields"]
    ]


def _spec(definition: Mapping[str, Any]) -> FieldSpec:
    options = {option["id"]: option["labels"] for option in definition.get("options", ())}
    return FieldSpec(expression_type(definition), nullable=True, labels=definition["labels"], options=options)
