"""Programs that meet at the same customers, orders and shelves. What each asks for is drawn by lot."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from tenants.scope import in_work

# (method, path below /api/v1, body, Idempotency-Key) -> (status, the answer's JSON)
Ask = Callable[[str, str, Any, str], tuple[int, Any]]


@dataclass
class Crowd:
    """What is known to all: ids that were answered, by what they are. Each list is only ever added to.

    ended   what was asked and how it ended -> how often
    won     what was asked -> Idempotency-Key -> the answer, of all that was done
    faults  what no user should ever see
    """

    ask: Ask
    engine: Engine
    tenant: UUID
    known: dict[str, list[str]] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    won: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self, method: str, path: str, body: Any = None, *, once: str = "", keep: dict[str, str] | None = None
    ) -> Any:
        """The answer's JSON, None where it was refused. keep: kind of id -> where in the answer it stands"""
        once = once or uuid4().hex
        status, told = self.ask(method, path, body, once)
        asked = f"{method} " + "/".join("…" if "_" in part else part for part in path.split("/"))
        with self.lock:
            self.ended[f"{asked} {status} {told.get('code', '') if status >= 400 else ''}".strip()] += 1
            if status >= 500:
                self.faults.append(f"{method} {path} {status} {told}")
            elif status < 400 and method != "GET":
                self.won.setdefault(asked, {})[once] = told
        if status >= 400:
            return None
        for kind, where in (keep or {}).items():
            found = told
            for part in where.split("."):
                found = found[int(part) if part.isdigit() else part] if found else None
            if found:
                self.learn(kind, str(found))
        return told

    def job(self, name: str, run: Callable[[Work], object]) -> None:
        """As the worker does it."""
        code = ""
        try:
            in_work(self.engine, self.tenant, SYSTEM, run)
        except DomainError as refusal:
            code = refusal.code
        except Exception as error:
            with self.lock:
                self.faults.append(f"job {name}: {error!r}")
        with self.lock:
            self.ended[f"job {name} {code}".strip()] += 1

    def sku(self, code: str) -> UUID:
        def find(work: Work) -> Any:
            statement = "SELECT id FROM skus WHERE tenant_id = %(t)s AND code = %(c)s"
            return work.scalar(statement, {"t": work.tenant_id, "c": code})

        return UUID(str(in_work(self.engine, self.tenant, SYSTEM, find)))

    def learn(self, kind: str, found: str) -> None:
        with self.lock:
            self.known.setdefault(kind, []).append(found)

    def one(self, kind: str, lot: random.Random, *, last: int = 6) -> str | None:
        """One of the last few, so that many meet at the same."""
        with self.lock:
            found = self.known.get(kind, [])[-last:]
        return lot.choice(found) if found else None
