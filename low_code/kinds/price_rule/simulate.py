"""What the table says of one subject, and why."""

from __future__ import annotations

from typing import Any

from low_code.kinds.tables import DocumentTable
from low_code.registry import Sample


def simulate(compiled: DocumentTable, sample: Sample) -> dict[str, Any]:
    trace = compiled.trace("price", sample.values, sample.moment)
    return {"outcome": trace.outcome, "rows": list(trace.rules), "trace": trace.to_json()}
