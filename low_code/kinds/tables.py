"""What the kinds whose body holds a decision table have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_, translate
from low_code.diagnostics import Diagnostic
from low_code.expressions import Environment, Subject, reads
from low_code.expressions.explain import shown
from low_code.registry.checking import expression_sentence
from low_code.rules import CompiledTable, TableResult, check_table, compile_table
from low_code.rules.words import row_sentences
from low_code.traces import Candidate, DocumentUsed, Trace, read_inputs

DECIDED = N_("This row applies.")
OUTRANKED = N_("This row applies too, but another one comes first.")
REFUSED = N_("A condition of this row does not hold.")
NOT_VALID = N_("This row does not hold on that day.")
_VERDICTS = {"decided": DECIDED, "outranked": OUTRANKED, "refused": REFUSED, "not_valid": NOT_VALID}

SHAPE = N_("{rows} rows; conditions on: {inputs}; results: {outputs}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTable:
    """A decision table that a document holds, ready to run.

    table  compiled; `table.table` is what `rules.table_sql` takes for a set of subjects
    """

    key: str
    table: CompiledTable
    document: DocumentUsed
    reads: frozenset[str]

    def evaluate(self, values: Mapping[str, Any], moment: Environment) -> TableResult:
        return self.table.evaluate(values, moment)

    def trace(self, decision: str, values: Mapping[str, Any], moment: Environment) -> Trace:
        """Which rows decided and why each other did not; `decision` says what for ("price")."""
        result = self.table.evaluate(values, moment)
        told = [
            Candidate(id=row["id"], reason=_VERDICTS[row["verdict"]], facts={"row": row})
            for row in self.table.trace(values, moment)["rows"]
        ]
        return Trace(
            decision=decision,
            document=self.document,
            rules=result.row_ids,
            inputs=read_inputs(self.reads, values),
            outcome={name: shown(value) for name, value in result.outputs.items()},
            winner=next((row for row in told if row.id in result.row_ids), None),
            losers=tuple(row for row in told if row.id not in result.row_ids),
        )


def check_embedded(key: str, body: Mapping[str, Any], subject: Subject) -> list[Diagnostic]:
    """What is wrong with the table of a document, pointing into the document."""
    return [problem.under("/table") for problem in check_table({**body["table"], "key": key}, subject).problems]


def compile_embedded(key: str, body: Mapping[str, Any], subject: Subject, document: DocumentUsed) -> DocumentTable:
    checked = check_table({**body["table"], "key": key}, subject)
    assert checked.table is not None, checked.problems
    read = frozenset(path for column in checked.table.inputs for path in reads(column.checked))
    return DocumentTable(key=key, table=compile_table(checked.table), document=document, reads=read)


def explain_embedded(body: Mapping[str, Any], subject: Subject, locale: str) -> list[str]:
    table = body["table"]
    inputs = ", ".join(expression_sentence(column["expr"], subject, locale) for column in table["inputs"])
    outputs = ", ".join(column["name"] for column in table["outputs"])
    said = translate(SHAPE, locale, {"rows": len(table["rows"]), "inputs": inputs, "outputs": outputs})
    checked = check_table({**table, "key": "explained"}, subject).table
    return [said, *row_sentences(checked, locale)] if checked is not None else [said]
