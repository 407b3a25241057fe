"""The one way to write a checked expression, for hashes and diffs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from low_code.expressions.check import LANGUAGE, Checked
from low_code.expressions.literals import literal_document
from low_code.expressions.nodes import Call, Each, Field, Literal, Node


def canonical(checked: Checked) -> dict[str, Any]:
    """The envelope with the expression in canonical form.

    Operands always stand in lists, `===` is `==`, numbers are `dec` texts without trailing zeros, instants
    are in UTC, texts in NFC. Checking it again gives the same expression and the same canonical form.
    """
    return {"$lang": LANGUAGE, "type": checked.type.kind.value, "expr": document_of(checked.root)}


def content_hash(checked: Checked) -> str:
    """SHA-256 of the canonical form in hexadecimal: 64 characters."""
    text = json.dumps(canonical(checked), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def document_of(node: Node, rows: str = "") -> Any:
    """The document of one node; `rows` is the path of the rows that it is read within."""
    match node:
        case Literal(value=value):
            return literal_document(value)
        case Field(keys=keys):
            if rows and not node.rows:
                return {"val": [[1], *keys]}
            return {"var": ".".join(keys)}
        case Call(op=op, operands=operands):
            return {op: [document_of(operand, rows) for operand in operands]}
        case Each(op=op, body=body):
            condition = [document_of(body, node.rows)] if body else []
            return {op: [{"var": node.rows}, *condition]}
