"""Every sentence of configuration and approvals is said in Chinese too, with the same holes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kernel.i18n import catalogue

FOLDERS = ("documents", "flows", "kinds", "registry", "traces")
ROOT = Path(__file__).resolve().parents[3] / "low_code"


def sentences() -> list[str]:
    found = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                    assert isinstance(node.args[0], ast.Constant)
                    found.add(str(node.args[0].value))
    return sorted(found)


@pytest.mark.parametrize("sentence", sentences())
def test_a_sentence_is_said_in_chinese_with_the_same_holes(sentence: str) -> None:
    chinese = catalogue("zh-CN").get(sentence)

    assert chinese is not None
    assert sorted(re.findall(r"\{(\w+)\}", chinese)) == sorted(re.findall(r"\{(\w+)\}", sentence))
