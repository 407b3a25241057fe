"""The reference says something true about every operator."""

from __future__ import annotations

from low_code.expressions import check, sentence
from low_code.expressions.literals import LITERALS
from low_code.expressions.manual import MANUAL, MANUAL_SUBJECT, NAMED_EXAMPLE, Help
from low_code.expressions.operators import OPERATORS

ENTRIES: list[Help] = [entry for chapter in MANUAL for entry in chapter.entries]


def test_every_operator_stands_in_the_reference_once() -> None:
    listed = [name for entry in ENTRIES for name in entry.operators]

    assert sorted(listed) == sorted([*OPERATORS, *LITERALS, "var", "val", "use"])


def test_every_example_uses_what_it_explains_and_reads_well() -> None:
    subject = MANUAL_SUBJECT.with_named(NAMED_EXAMPLE)
    for entry in ENTRIES:
        result = check(entry.example, subject)
        assert result.checked is not None, (entry.operators, result.problems)
        assert any(f"'{name}'" in str(entry.example) for name in entry.operators), entry.operators
        for locale in ("en", "zh-CN"):
            assert "{" not in sentence(result.checked, locale)
