"""Why a document decided what it did: one small record for every decision."""

from low_code.traces.inputs import read_inputs
from low_code.traces.trace import Candidate, DocumentUsed, Trace

__all__ = ["Candidate", "DocumentUsed", "Trace", "read_inputs"]
