"""How many numbers are multiplied into one another: the bound that keeps every result exact."""

from __future__ import annotations

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions.limits import MAX_DEGREE
from low_code.expressions.nodes import Call, Each, Node

TOO_MANY_DIGITS = N_("More than {limit} numbers are multiplied into one another.")


def degree_findings(node: Node) -> list[Diagnostic]:
    """Products and quotients that could grow beyond the digits that are kept exactly."""
    findings: list[Diagnostic] = []
    _degree(node, findings)
    return findings


def _degree(node: Node, findings: list[Diagnostic]) -> int:
    """How many bounded numbers are multiplied into the value, at most."""
    if isinstance(node, Each):
        degree = _degree(node.body, findings) if node.body else 1
        return degree if node.op in ("sum", "min_of", "max_of") else 1
    if not isinstance(node, Call):
        return 1
    degrees = [_degree(operand, findings) for operand in node.operands]
    degree = sum(degrees) if node.op in ("*", "/") else max(degrees, default=1)
    if degree > MAX_DEGREE:
        facts = {"limit": MAX_DEGREE}
        finding = Diagnostic(pointer=node.pointer, code="too_many_digits", message=TOO_MANY_DIGITS, facts=facts)
        findings.append(finding)
        return 1
    return degree
