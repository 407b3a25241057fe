"""From syntax to checked nodes: fields are looked up, every operand gets its type, every fault its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import OR, Diagnostic
from low_code.expressions.nodes import Call, Each, Field, Literal, Node
from low_code.expressions.operators import Operator, Rule
from low_code.expressions.parse import Application, Broken, Constant, Constants, Reference, Syntax
from low_code.expressions.subjects import Subject
from low_code.expressions.types import BOOL, KIND_NAMES, TEXT_KINDS, Kind, Type, common_type

UNKNOWN_FIELD = N_("There is no field {path}.")
NEAREST = N_("Did you mean {nearest}?")
FIELD_OF_ROWS = N_("It belongs to the rows {rows}; read it within an operator over rows.")
NOT_IN_ROWS = N_("Only an expression over rows has something outside.")
ROWS_AS_VALUE = N_("{path} is a list of rows, not a value.")
NOT_ROWS = N_("{operator} needs a list of rows here, such as {example}.")
NESTED_ROWS = N_("Rows within rows cannot be looped over.")
OPERAND_TYPE = N_("{operator} needs {expected} here, not {got}.")
TYPES_DIFFER = N_("This is {got}, but the others of {operator} are {expected}.")
LIST_TYPES_DIFFER = N_("This is {got}, but the first value of the list is {expected}.")
LIST_PLACE = N_("A list of anything but texts can only stand behind in.")
UNKNOWN_OPTION = N_("{option} is not one of the options.")
NULL_OPERAND = N_("An empty value has no place here; only == and != compare with it.")
NEVER_EMPTY = N_("This is never empty, so comparing it with null says nothing.")
ROUND_PLACES = N_("round takes a constant number of decimals, 0 to 10.")
NOTHING_HERE = N_("All values here are empty; at least one must be something.")


class Checker:
    """Checks one expression against one subject; `findings` holds everything that is wrong with its types."""

    def __init__(self, subject: Subject) -> None:
        self.findings: list[Diagnostic] = []
        self._subject = subject
        self._rows = ""  # path of the rows that the node being checked is evaluated for

    def check(self, syntax: Syntax, hint: Type | None) -> Node | None:
        """The node, or None where a finding was made. `hint` is what the surroundings would like."""
        match syntax:
            case Constant():
                return self._constant(syntax, hint)
            case Constants():
                listed = self._constants(syntax, hint.item if hint and hint.kind is Kind.LIST else None)
                if listed and listed.type.item and not listed.type.item.is_text:
                    return self._report(syntax.pointer, "list_place", LIST_PLACE)
                return listed
            case Reference():
                return self._field(syntax)
            case Application():
                return self._apply(syntax, hint)
            case Broken():
                return None

    def _constant(self, syntax: Constant, hint: Type | None) -> Node | None:
        if syntax.type is None:
            return self._report(syntax.pointer, "null_operand", NULL_OPERAND)
        if not syntax.bare or hint is None or not hint.is_text:
            return Literal(syntax.pointer, syntax.type, syntax.value)
        if hint.kind is Kind.OPTION and syntax.value not in hint.options:
            nearest = get_close_matches(syntax.value, sorted(hint.options), n=1)
            return self._unknown(syntax.pointer, "unknown_option", UNKNOWN_OPTION, nearest, option=syntax.value)
        return Literal(syntax.pointer, hint, syntax.value)

    def _constants(self, syntax: Constants, item: Type | None) -> Node | None:
        read = [self.check(constant, item) for constant in syntax.items]
        values = [node for node in read if isinstance(node, Literal)]
        if len(values) < len(read):
            return None
        shared: Type | None = values[0].type
        for value in values[1:]:
            shared = common_type(shared, value.type) if shared else None
            if shared is None:
                got, expected = KIND_NAMES[value.type.kind], KIND_NAMES[values[0].type.kind]
                return self._report(value.pointer, "types_differ", LIST_TYPES_DIFFER, got=got, expected=expected)
        return Literal(syntax.pointer, Type(Kind.LIST, item=shared), tuple(node.value for node in values))

    def _field(self, syntax: Reference) -> Node | None:
        if syntax.outer and not self._rows:
            return self._report(syntax.pointer, "not_in_rows", NOT_IN_ROWS)
        rows = "" if syntax.outer else self._rows
        fields = self._subject.rows[rows] if rows else self._subject.fields
        spec = fields.get(syntax.path)
        if spec is None:
            return self._unknown_field(syntax, fields)
        if spec.type.kind is Kind.ROWS:
            return self._report(syntax.pointer, "rows_as_value", ROWS_AS_VALUE, path=syntax.path)
        path = f"{rows}.{syntax.path}" if rows else syntax.path
        keys = tuple(syntax.path.split("."))
        return Field(syntax.pointer, spec.type, spec.nullable, path, keys, rows, spec)

    def _unknown_field(self, syntax: Reference, fields: Iterable[str]) -> Node | None:
        for rows in self._subject.rows:
            if not self._rows and syntax.path.startswith(f"{rows}."):
                facts = {"path": syntax.path, "rows": rows}
                return self._report(syntax.pointer, "unknown_field", UNKNOWN_FIELD, FIELD_OF_ROWS, **facts)
        nearest = get_close_matches(syntax.path, list(fields), n=1)
        return self._unknown(syntax.pointer, "unknown_field", UNKNOWN_FIELD, nearest, path=syntax.path)

    def _apply(self, syntax: Application, hint: Type | None) -> Node | None:
        match syntax.operator.rule:
            case Rule.CONDITIONS:
                nodes = [self._condition(syntax.operator, operand) for operand in syntax.operands]
                return self._call(syntax, nodes, BOOL, nullable=False)
            case Rule.ALIKE:
                return self._alike(syntax, hint)
            case Rule.OVERLOADS:
                return self._overload(syntax)
            case Rule.IF:
                return self._if(syntax, hint)
            case Rule.MEMBER:
                return self._member(syntax)
            case Rule.SETS:
                return self._sets(syntax)
            case Rule.ROWS:
                return self._each(syntax)

    def _condition(self, operator: Operator, syntax: Syntax) -> Node | None:
        return self._of_kinds(operator, self.check(syntax, BOOL), {Kind.BOOL})

    def _alike(self, syntax: Application, hint: Type | None) -> Node | None:
        operator = syntax.operator
        comparing = operator.name in ("==", "!=")
        shared, nodes = self._unify(syntax, syntax.operands, hint if not operator.result else None, comparing)
        if shared is None:
            return None
        if shared.kind not in operator.kinds:
            first = next(node for node in nodes if node is not None)
            self._of_kinds(operator, first, operator.kinds)
            return None
        for node, other in zip(nodes, reversed(nodes), strict=True):
            if comparing and _is_null(node) and other is not None and not other.nullable:
                return self._report(other.pointer, "never_empty", NEVER_EMPTY)
        nullable = operator.nulls and all(node is not None and node.nullable for node in nodes)
        return self._call(syntax, nodes, operator.result or shared, nullable=nullable)

    def _if(self, syntax: Application, hint: Type | None) -> Node | None:
        conditions = [self._condition(syntax.operator, operand) for operand in syntax.operands[:-1:2]]
        shared, values = self._unify(syntax, [*syntax.operands[1::2], syntax.operands[-1]], hint, nulls=True)
        if shared is None:
            return None
        pairs = zip(conditions, values, strict=False)
        nodes = [node for pair in pairs for node in pair] + [values[-1]]
        nullable = any(node is not None and node.nullable for node in values)
        return self._call(syntax, nodes, shared, nullable=nullable)

    def _unify(
        self, syntax: Application, operands: Sequence[Syntax], hint: Type | None, nulls: bool
    ) -> tuple[Type | None, list[Node | None]]:
        """One type for all operands, or None. Bare texts follow the options or references beside them."""
        nodes: dict[int, Node | None] = {}
        followers = [i for i, operand in enumerate(operands) if _follows(operand)]
        for index, operand in enumerate(operands):
            if index not in followers:
                nodes[index] = self.check(operand, hint)
        leaders = (node.type for node in nodes.values() if node is not None)
        leader = next((t for t in leaders if t.kind in (Kind.OPTION, Kind.REF, Kind.LIST)), hint)
        for index in followers:
            if not (nulls and _is_null_syntax(operands[index])):
                nodes[index] = self.check(operands[index], leader)
        if not nodes:
            self._report(syntax.pointer, "null_operand", NOTHING_HERE)
        shared = self._shared_type(syntax.operator, [nodes[index] for index in sorted(nodes)])
        if shared is None:
            return None, []
        ordered = [
            nodes[index] if index in nodes else Literal(operand.pointer, shared, None)
            for index, operand in enumerate(operands)
        ]
        return shared, ordered

    def _shared_type(self, operator: Operator, nodes: Sequence[Node | None]) -> Type | None:
        shared: Type | None = None
        for node in nodes:
            if node is None:
                return None
            together = common_type(shared, node.type) if shared else node.type
            if together is None and shared is not None:
                self._differ(node.pointer, node.type, shared, operator=operator.name)
                return None
            shared = together
        return shared

    def _overload(self, syntax: Application) -> Node | None:
        operator = syntax.operator
        nodes = [self.check(operand, None) for operand in syntax.operands]
        checked = [node for node in nodes if node is not None]
        if len(checked) < len(nodes):
            return None
        kinds = [node.type.kind for node in checked]
        for overload in operator.overloads:
            wanted = list(overload.kinds)
            if overload.repeat:
                wanted += wanted[-1:] * (len(kinds) - len(wanted))
            if wanted == kinds:
                if operator.name == "round" and not _rounds_well(checked):
                    return self._report(checked[1].pointer, "round_places", ROUND_PLACES)
                nullable = overload.nullable or any(node.nullable for node in checked)
                return self._call(syntax, nodes, overload.result, nullable=nullable)
        place, accepted = _nearest_overload(operator, kinds)
        self._of_kinds(operator, checked[min(place, len(checked) - 1)], accepted)
        return None

    def _member(self, syntax: Application) -> Node | None:
        needle, haystack = syntax.operands
        if isinstance(haystack, Broken):
            self.check(needle, None)
            return None
        if isinstance(haystack, Constants):
            item = self._of_kinds(syntax.operator, self.check(needle, None), _LISTED_KINDS)
            values = self._constants(haystack, item.type) if item else self._constants(haystack, None)
            if item and values and values.type.item and common_type(item.type, values.type.item) is None:
                return self._differ(f"{haystack.pointer}/0", values.type.item, item.type, operator="in")
            return self._call(syntax, [item, values], BOOL, nullable=False)
        whole = self._of_kinds(syntax.operator, self.check(haystack, None), {Kind.STRING, Kind.LIST})
        part = self.check(needle, whole.type.item if whole else None)
        wanted = {Kind.STRING} if whole and whole.type.kind is Kind.STRING else TEXT_KINDS
        part = self._of_kinds(syntax.operator, part, wanted)
        if part and whole and whole.type.item and common_type(part.type, whole.type.item) is None:
            return self._differ(part.pointer, part.type, whole.type.item, operator="in")
        return self._call(syntax, [part, whole], BOOL, nullable=False)

    def _sets(self, syntax: Application) -> Node | None:
        first = self._of_kinds(syntax.operator, self.check(syntax.operands[0], None), {Kind.LIST})
        second = self.check(syntax.operands[1], first.type if first else None)
        second = self._of_kinds(syntax.operator, second, {Kind.LIST})
        if first and second and common_type(first.type, second.type) is None:
            got, expected = second.type.item or second.type, first.type.item or first.type
            return self._differ(second.pointer, got, expected, operator=syntax.operator.name)
        return self._call(syntax, [first, second], BOOL, nullable=False)

    def _each(self, syntax: Application) -> Node | None:
        operator, source = syntax.operator, syntax.operands[0]
        if self._rows:
            return self._report(syntax.pointer, "nested_rows", NESTED_ROWS)
        if not isinstance(source, Reference) or source.path not in self._subject.rows:
            if isinstance(source, Broken):
                return None
            example = next((f'{{"var": "{rows}"}}' for rows in self._subject.rows), '{"var": "a.rows"}')
            facts = {"operator": operator.name, "example": example}
            return self._report(source.pointer, "not_rows", NOT_ROWS, **facts)
        body: Node | None = None
        if len(syntax.operands) == 2:
            self._rows = source.path
            body = self._of_kinds(operator, self.check(syntax.operands[1], None), operator.kinds)
            self._rows = ""
            if body is None:
                return None
        result = operator.result or (body.type if body else None)
        if result is None:  # the table gives every operator over rows a result or a body
            raise AssertionError(operator.name)
        nullable = operator.nulls or result.kind is Kind.MONEY
        keys = tuple(source.path.split("."))
        return Each(syntax.pointer, result, nullable, operator.name, source.path, keys, body)

    def _of_kinds(self, operator: Operator, node: Node | None, kinds: Iterable[Kind]) -> Node | None:
        """`node` where it is of one of `kinds`, else None and a finding."""
        accepted = frozenset(kinds)
        if node is None or node.type.kind in accepted:
            return node
        expected = OR.join(KIND_NAMES[kind] for kind in Kind if kind in accepted)
        facts = {"operator": operator.name, "expected": expected, "got": KIND_NAMES[node.type.kind]}
        return self._report(node.pointer, "operand_type", OPERAND_TYPE, **facts)

    def _call(self, syntax: Application, nodes: Sequence[Node | None], result: Type, *, nullable: bool) -> Node | None:
        operands = tuple(node for node in nodes if node is not None)
        if len(operands) < len(nodes):
            return None
        return Call(syntax.pointer, result, nullable, syntax.operator.name, operands)

    def _differ(
        self, pointer: str, got: Type, expected: Type, message: str = TYPES_DIFFER, **facts: Any
    ) -> Node | None:
        facts |= {"got": KIND_NAMES[got.kind], "expected": KIND_NAMES[expected.kind]}
        return self._report(pointer, "types_differ", message, **facts)

    def _unknown(self, pointer: str, code: str, message: str, nearest: list[str], **facts: Any) -> Node | None:
        if nearest:
            facts["nearest"] = nearest[0]
        return self._report(pointer, code, message, NEAREST if nearest else "", **facts)

    def _report(self, pointer: str, code: str, message: str, hint: str = "", **facts: Any) -> Node | None:
        """Makes the finding; answers None, so that a rule can end with it."""
        self.findings.append(Diagnostic(pointer=pointer, code=code, message=message, facts=facts, hint=hint))
        return None


_LISTED_KINDS = frozenset(Kind) - {Kind.BOOL, Kind.LIST, Kind.ROWS}


def _follows(syntax: Syntax) -> bool:
    return isinstance(syntax, Constants) or (isinstance(syntax, Constant) and (syntax.bare or syntax.type is None))


def _is_null_syntax(syntax: Syntax) -> bool:
    return isinstance(syntax, Constant) and syntax.type is None


def _is_null(node: Node | None) -> bool:
    return isinstance(node, Literal) and node.value is None


def _rounds_well(nodes: Sequence[Node]) -> bool:
    if len(nodes) == 1:
        return True
    places = nodes[1]
    return isinstance(places, Literal) and places.value in range(11)


def _nearest_overload(operator: Operator, kinds: Sequence[Kind]) -> tuple[int, frozenset[Kind]]:
    """Where the operands leave every overload, and which kinds would have been right there."""
    best, accepted = -1, frozenset[Kind]()
    for overload in operator.overloads:
        wanted = list(overload.kinds)
        if overload.repeat:
            wanted += wanted[-1:] * (len(kinds) - len(wanted))
        place = 0
        while place < min(len(kinds), len(wanted)) and kinds[place] == wanted[place]:
            place += 1
        right = frozenset(wanted[place : place + 1])
        if place > best:
            best, accepted = place, right
        elif place == best:
            accepted |= right
    return best, accepted
