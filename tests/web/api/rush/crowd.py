"""Sixteen programs at once on the same customers, orders and shelves. What each asks for is drawn by lot."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from tenants.scope import in_work
from tests.support.web import BASE_HOST
from tests.web.api.writes.case import Stage


@dataclass
class Crowd:
    """What is known to all: ids that were answered, by what they are. Each list is only ever added to."""

    stage: Stage
    known: dict[str, list[str]] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self, method: str, path: str, body: Any = None, *, once: str = "", keep: dict[str, str] | None = None
    ) -> Any:
        """The answer's JSON, None where it was refused. keep: kind of id -> where in the answer it stands"""
        headers = {"Authorization": f"Bearer {self.stage.key}", "Idempotency-Key": once or self.fresh()}
        answer = self.stage.app.test_client().open(
            f"/api/v1{path}", method=method, base_url=f"http://{BASE_HOST}", headers=headers,
            **({} if method == "GET" else {"json": {} if body is None else body}),
        )  # fmt: skip
        shape = "/".join("…" if "_" in part else part for part in path.split("/"))
        code = (answer.json or {}).get("code", "") if answer.status_code >= 400 else ""
        with self.lock:
            self.ended[f"{method} {shape} {answer.status_code} {code}".strip()] += 1
            if answer.status_code >= 500:
                self.faults.append(f"{method} {path} {answer.status_code} {answer.text[:300]}")
        if answer.status_code >= 400:
            return None
        for kind, where in (keep or {}).items():
            found: Any = answer.json
            for part in where.split("."):
                found = found[int(part) if part.isdigit() else part] if found else None
            if found:
                self.learn(kind, str(found))
        return answer.json

    def job(self, name: str, run: Callable[[Work], object]) -> None:
        """As the worker does it."""
        code = ""
        try:
            in_work(self.stage.engine, self.stage.company.id, SYSTEM, run)
        except DomainError as refusal:
            code = refusal.code
        except Exception as error:
            with self.lock:
                self.faults.append(f"job {name}: {error!r}")
        with self.lock:
            self.ended[f"job {name} {code}".strip()] += 1

    def sku(self, code: str) -> UUID:
        return self.stage.scalar("SELECT id FROM skus WHERE tenant_id = %(t)s AND code = %(c)s", c=code)

    def learn(self, kind: str, found: str) -> None:
        with self.lock:
            self.known.setdefault(kind, []).append(found)

    def one(self, kind: str, lot: random.Random, *, last: int = 6) -> str | None:
        """One of the last few, so that many meet at the same."""
        with self.lock:
            found = self.known.get(kind, [])[-last:]
        return lot.choice(found) if found else None

    def fresh(self) -> str:
        with self.lock:
            return self.stage.fresh()
