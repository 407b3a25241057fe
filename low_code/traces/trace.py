"""The record that UI, API and support read to answer "why?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.i18n import translate


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentUsed:
    """The document that decided, exactly: its content never changes under this hash."""

    kind: str
    key: str
    hash: str
    release: int

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "key": self.key, "hash": self.hash, "release": self.release}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DocumentUsed:
        return cls(kind=data["kind"], key=data["key"], hash=data["hash"], release=data["release"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A rule, row, price or place that could have decided.

    id      of the rule or row in its document
    reason  English template that says why it won or lost; its holes are filled from `facts`
    facts   plain JSON values: what was compared, the explanation tree of a condition
    """

    id: str
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, locale: str) -> str:
        return translate(self.reason, locale, self.facts)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "reason": self.reason, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Candidate:
        return cls(id=data["id"], reason=data["reason"], facts=data["facts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One decision.

    decision  what was decided: "review", "price", "credit", "allocation", "approval"
    document  what decided; None where the product itself did
    rules     ids of the rules or rows that took part in the outcome, in order
    inputs    path -> value that was read, as plain JSON (exact numbers as text)
    outcome   plain JSON
    winner    what decided; None where nothing applied
    losers    what else could have, and why it did not
    """

    decision: str
    document: DocumentUsed | None
    rules: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outcome: Any = None
    winner: Candidate | None = None
    losers: tuple[Candidate, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "document": self.document.to_json() if self.document else None,
            "rules": list(self.rules),
            "inputs": dict(self.inputs),
            "outcome": self.outcome,
            "winner": self.winner.to_json() if self.winner else None,
            "losers": [loser.to_json() for loser in self.losers],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trace:
        return cls(
            decision=data["decision"],
            document=DocumentUsed.from_json(data["document"]) if data["document"] else None,
            rules=tuple(data["rules"]),
            inputs=data["inputs"],
            outcome=data["outcome"],
            winner=Candidate.from_json(data["winner"]) if data["winner"] else None,
            losers=tuple(Candidate.from_json(loser) for loser in data["losers"]),
        )
