"""The way in: a JSON document becomes a checked expression, or everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, has_errors, pointer_to
from low_code.expressions.checker import Checker
from low_code.expressions.degrees import degree_findings
from low_code.expressions.limits import survey
from low_code.expressions.nodes import Call, Each, Field, Node, walk
from low_code.expressions.parse import Parser
from low_code.expressions.subjects import Subject
from low_code.expressions.types import KIND_NAMES, Kind, Type, fits

LANGUAGE = "ox/1"

UNKNOWN_LANGUAGE = N_("This engine speaks {expected}, not {got}.")
ENVELOPE_KEYS = N_("An expression document holds $lang, type and expr, and nothing else.")
WRONG_RESULT = N_("This gives {got}; wanted is {expected}.")


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """An expression that is known to be right; only `check` makes one.

    root  the typed tree that every back end reads
    """

    root: Node
    subject: Subject

    @property
    def type(self) -> Type:
        return self.root.type

    @property
    def nullable(self) -> bool:
        return self.root.nullable


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found: `checked` is None if and only if one of the `problems` is an error."""

    checked: Checked | None
    problems: tuple[Diagnostic, ...] = ()


def check(document: Any, subject: Subject, expects: Type | None = None, *, pointer: str = "") -> CheckResult:
    """Check an expression, bare or in its envelope. Bad input is answered, never raised.

    document  JSON values as `load_document` gives them; numbers int or Decimal, a float is refused
    expects   what the result must be; None takes any value
    pointer   where `document` lies in the larger document that problems point into
    """
    problems = survey(document, pointer)
    if problems:
        return CheckResult(None, tuple(problems))
    expression, here = document, pointer
    if isinstance(document, dict) and "$lang" in document:
        problems = _envelope_problems(document, expects, pointer)
        expression, here = document.get("expr"), f"{pointer}/expr"
    parser, checker = Parser(subject.named), Checker(subject)
    syntax = parser.parse(expression, here)
    root = checker.check(syntax, expects)
    problems += parser.findings + checker.findings
    if root is not None:
        problems += degree_findings(root)
        problems += _result_problems(root, expects)
    if root is None or has_errors(problems):
        return CheckResult(None, tuple(problems))
    return CheckResult(Checked(root, subject), tuple(problems))


def reads(checked: Checked) -> frozenset[str]:
    """Full paths of everything the expression reads: `parcel.weight`, `parcel.items`, `parcel.items.qty`."""
    paths: set[str] = set()
    for node in walk(checked.root):
        if isinstance(node, Field):
            paths.add(node.path)
        elif isinstance(node, Each):
            paths.add(node.rows)
    return frozenset(paths)


def uses(document: Any) -> frozenset[str]:
    """The names that a document uses, whether they exist or not; not those that they use in turn."""
    found: set[str] = set()
    waiting = [document] if not survey(document) else []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.keys() == {"use"} and isinstance(value["use"], str):
                found.add(value["use"])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return frozenset(found)


def reads_clock(checked: Checked) -> bool:
    """Whether the answer depends on the moment, so that the same values may answer otherwise tomorrow."""
    return any(isinstance(node, Call) and node.op in ("now", "today") for node in walk(checked.root))


def _envelope_problems(document: dict[str, Any], expects: Type | None, pointer: str) -> list[Diagnostic]:
    problems = []
    if document["$lang"] != LANGUAGE:
        facts: dict[str, Any] = {"expected": LANGUAGE, "got": str(document["$lang"])[:40]}
        here = pointer + pointer_to("$lang")
        problems.append(Diagnostic(pointer=here, code="unknown_language", message=UNKNOWN_LANGUAGE, facts=facts))
    if not {"$lang", "expr"} <= document.keys() <= {"$lang", "type", "expr"}:
        problems.append(Diagnostic(pointer=pointer, code="envelope_keys", message=ENVELOPE_KEYS))
    declared = document.get("type")
    if expects is not None and "type" in document and declared != expects.kind.value:
        problems.append(_wrong_result(f"{pointer}/type", _declared_name(declared), expects))
    return problems


def _result_problems(root: Node, expects: Type | None) -> list[Diagnostic]:
    if expects is None or fits(root.type, expects):
        return []
    return [_wrong_result(root.pointer, KIND_NAMES[root.type.kind], expects)]


def _wrong_result(pointer: str, got: str, expects: Type) -> Diagnostic:
    facts = {"got": got, "expected": KIND_NAMES[expects.kind]}
    return Diagnostic(pointer=pointer, code="wrong_result", message=WRONG_RESULT, facts=facts)


def _declared_name(declared: Any) -> str:
    names = {kind.value: name for kind, name in KIND_NAMES.items() if kind in Kind}
    return names.get(declared, str(declared)[:40]) if isinstance(declared, str) else str(declared)[:40]
