"""Why a document decided what it did: one small record for every decision."""

from low_code.traces.inputs import read_inputs
from low_code.traces.redact import Restricted, redact
from low_code.traces.trace import Candidate, DocumentUsed, Trace

__all__ = ["Candidate", "DocumentUsed", "Restricted", "Trace", "read_inputs", "redact"]
