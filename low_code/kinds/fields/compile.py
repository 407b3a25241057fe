"""A tenant's fields on one entity, ready to validate values with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import jsonschema_rs

from low_code.expressions import Checked, Environment, Evaluate, compile_closure, compile_value, reads
from low_code.kinds.fields.check_reads import looked_up
from low_code.kinds.fields.definition import FieldDefinition, Lookup, Numbering, Roles
from low_code.kinds.fields.known import Known
from low_code.kinds.fields.readers import Unreadable
from low_code.kinds.fields.rollup import rollup_expression
from low_code.kinds.fields.types import FILE_TYPES, NAMING_TYPES, bound_reader, reader_of, specs_of, value_type
from low_code.kinds.fields.validate import Validated, validate
from low_code.registry import Configuration, Reference, Registry
from low_code.registry.checking import checked_expression
from low_code.registry.kind import SubjectFields

CONDITIONS = ("visible_when", "required_when", "readonly_when")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFields:
    """The fields of one entity, in the order in which forms show them.

    home   where the values lie in the subject of the entity's conditions ("line.cf")
    order  keys of all fields, each after those that its default or formula reads
    reads  every path that an expression of the document reads
    """

    entity: str
    home: str
    fields: Mapping[str, FieldDefinition]
    order: tuple[str, ...]
    reads: frozenset[str]

    def validate_values(
        self,
        values: Mapping[str, Any],
        *,
        row: Mapping[str, Any],
        moment: Environment,
        role_keys: Roles = None,
        stored: Mapping[str, Any] | None = None,
        partial: bool = False,
        known: Known | None = None,
    ) -> Validated:
        """Values from outside as they are kept, and everything that is wrong with them.

        values     field key -> raw value; None or "" empties a field
        row        the subject around them, rooted as expressions read it; need not hold the custom values
        role_keys  of who writes; None is the system
        stored     what is kept now; {} or None for a new row
        partial    only these fields change: no defaults, and nothing is asked about fields that are not named
        known      what the database says of what the values name (see `wanted`); None: that is not judged
        returns    (clean values, problems, hidden keys); clean values hold all that is kept from now on, `stored`
                   included, and are to be used only where there is no problem
        """
        return validate(
            self, values, row=row, moment=moment, role_keys=role_keys, stored=stored or {}, partial=partial, known=known
        )

    def visible_to(self, values: Mapping[str, Any], role_keys: Roles) -> dict[str, Any]:
        """The kept values as somebody with these roles sees them, masked ones masked; retired fields are not shown."""
        shown = {
            key: self.fields[key].seen_as(value, role_keys)
            for key, value in values.items()
            if key in self.fields and not self.fields[key].retired
        }
        return {key: value for key, value in shown.items() if value is not None}

    def wanted(self, values: Mapping[str, Any], stored: Mapping[str, Any] | None = None) -> frozenset[tuple[str, str]]:
        """(target, code) of all that these values name and the database must be asked for."""
        found: set[tuple[str, str]] = set()
        for key, field in self.fields.items():
            value = values[key] if key in values else (stored or {}).get(key)
            if field.target and value is not None and not field.retired:
                found.update((field.target, code) for code in _codes(field, value))
        return frozenset(found)

    def numbers_wanted(self, stored: Mapping[str, Any] | None = None) -> list[FieldDefinition]:
        """Auto-numbers that a row with these values has not got yet."""
        return [
            field
            for key, field in self.fields.items()
            if field.numbering is not None and not field.retired and not (stored or {}).get(key)
        ]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing comes of no values: nothing is filled in, computed, numbered or asked for."""
        return not any(
            field.default is not None or field.fill or field.compute or field.lookup or field.numbering
            or field.required or field.required_when
            for field in self.fields.values()
        )  # fmt: skip

    @property
    def computes(self) -> bool:
        """Whether anything is computed, so that values follow from what is around them."""
        return any(field.compute or field.lookup for field in self.fields.values())

    @property
    def has_values(self) -> bool:
        return any(field.has_value for field in self.fields.values())


def _codes(field: FieldDefinition, value: Any) -> Iterable[str]:
    try:
        read = field.read(value)
    except Unreadable:  # it names nothing; validation says what is wrong with it
        return ()
    return read if isinstance(read, list) else (read,)


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> EntityFields:
    entity = configuration.registry.entities[key]
    subject = configuration.subject(entity.subject)
    definitions = {definition["key"]: definition for definition in body["fields"]}

    def compiled(definition: Mapping[str, Any]) -> FieldDefinition:
        checked = {
            word: checked_expression(definition[word], subject, kind)
            for word, kind in _EXPRESSIONS
            if word in definition
        }
        computed = _computed(definition, checked, configuration, entity.subject)
        return compiled_field(definition, checked, computed, definitions)

    fields = {name: compiled(definition) for name, definition in definitions.items()}
    return EntityFields(
        entity=key,
        home=entity.home,
        fields=fields,
        order=tuple(TopologicalSorter(own_reads(fields, entity.home)).static_order()),
        reads=frozenset(path for field in fields.values() for one in field.checked.values() for path in reads(one)),
    )


_EXPRESSIONS = (*((word, "bool") for word in CONDITIONS), ("default_expr", "any"), ("formula", "any"))


def _computed(
    definition: Mapping[str, Any], checked: dict[str, Checked], configuration: Configuration, subject: str
) -> Evaluate | None:
    """The function that gives the value of a formula, a look-up by path or a roll-up. Look-ups and roll-ups are
    formulas in short, and join `checked` as such."""
    kind = definition["type"]
    if kind == "lookup" and "path" in definition["lookup"]:
        expression: Any = {"var": definition["lookup"]["path"]}
    elif kind == "rollup":
        expression = rollup_expression(definition["rollup"], configuration.subject(subject))
    elif kind != "formula":
        return None
    else:
        return compile_value(checked["formula"])
    checked["formula"] = checked_expression(expression, configuration.subject(subject), "any")
    return compile_value(checked["formula"])


def compiled_field(
    definition: Mapping[str, Any],
    checked: Mapping[str, Checked],
    compute: Evaluate | None = None,
    siblings: Mapping[str, Any] | None = None,
) -> FieldDefinition:
    """One field, or one column of a sub-table (which has no expressions)."""
    kind, options = definition["type"], definition.get("options", ())
    kept_as = value_type(definition)
    read, bound = reader_of(definition), bound_reader(kept_as) if "min" in definition or "max" in definition else None
    mask = definition.get("mask", {})

    def condition(word: str) -> Evaluate | None:
        return compile_closure(checked[word]) if word in checked else None

    return FieldDefinition(
        key=definition["key"],
        labels=definition["labels"],
        help=definition.get("help", {}),
        type=kind,
        kept_as=kept_as,
        read=read,
        target=_target(definition),
        required=definition.get("required", False),
        default=read(definition["default"]) if "default" in definition else None,
        options=frozenset(option["id"] for option in options if not option.get("retired")),
        every_option=frozenset(option["id"] for option in options),
        option_labels={option["id"]: option["labels"] for option in options},
        least=bound(definition["min"]) if bound and "min" in definition else None,
        most=bound(definition["max"]) if bound and "max" in definition else None,
        scale=definition.get("scale"),
        max_length=definition.get("max_length"),
        matches=pattern_matcher(definition["pattern"]) if "pattern" in definition else None,
        compute=compute,
        fill=compile_value(checked["default_expr"]) if "default_expr" in checked else None,
        lookup=_lookup(definition, siblings or {}),
        numbering=Numbering(**definition.get("number", {})) if kind == "auto_number" else None,
        columns=tuple(compiled_field(column, {}) for column in definition.get("columns", ())),
        max_rows=definition.get("max_rows", 50),
        max_files=definition.get("max_files", 1),
        visible_when=condition("visible_when"),
        required_when=condition("required_when"),
        readonly_when=condition("readonly_when"),
        checked=dict(checked),
        view=frozenset(definition.get("view", ())),
        edit=frozenset(definition.get("edit", ())),
        mask_roles=frozenset(mask.get("roles", ())),
        mask_keep=mask.get("keep", 4),
        search=definition.get("search", "eq"),
        slot=definition.get("slot", False),
        group=definition.get("group", ""),
        retired=definition.get("retired", False),
    )


def _target(definition: Mapping[str, Any]) -> str:
    kind = definition["type"]
    if kind in FILE_TYPES:
        return "file"
    return NAMING_TYPES.get(kind, "") or str(definition.get("to", "")) if kind in NAMING_TYPES else ""


def _lookup(definition: Mapping[str, Any], siblings: Mapping[str, Any]) -> Lookup | None:
    asked = definition.get("lookup", {})
    if "through" not in asked:
        return None
    target = str(siblings[asked["through"]].get("to", ""))
    return Lookup(through=asked["through"], target=target, field=asked["field"])


def own_reads(fields: Mapping[str, FieldDefinition], home: str) -> dict[str, set[str]]:
    """key -> keys of the same document that its default, formula or look-up reads."""
    graph: dict[str, set[str]] = {}
    for key, field in fields.items():
        expressions = [field.checked[word] for word in ("default_expr", "formula") if word in field.checked]
        found = {
            path[len(home) + 1 :].partition(".")[0]
            for one in expressions
            for path in reads(one)
            if path.startswith(f"{home}.")
        }
        if field.lookup is not None:
            found.add(field.lookup.through)
        graph[key] = found & fields.keys()
    return graph


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
        (subject, path, spec, definition["key"])
        for subject, prefix in dict.fromkeys(((entity.subject, entity.home), *entity.mounts))
        for definition in body["fields"]
        for path, spec in specs_of(
            definition, f"{prefix}.{definition['key']}", in_rows=_in_rows(prefix, registry.subjects[subject].rows)
        )
    ]


def references(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Reference]:
    """Fields of other entities that look-ups through references take; the schema cannot say where they lie."""
    found = []
    for index, definition in enumerate(body["fields"]):
        for entity, member in looked_up(key, definition, configuration):
            if entity != key:
                found.append(Reference("fields", key, f"/fields/{index}/lookup/field", "fields", entity, member))
    return found


def _in_rows(prefix: str, rows: Iterable[str]) -> bool:
    return any(prefix.startswith(f"{path}.") for path in rows)
