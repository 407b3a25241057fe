"""What a write of the API is tried with: a company in which it can be done, and the call itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from kernel.db import SYSTEM, Work
from tenants.scope import in_work
from tests.support.digest import digest_of
from tests.support.faults import breaking_at
from tests.support.web import BASE_HOST, Company, Person


@dataclass(frozen=True)
class Call:
    """One write. path: below /api/v1; form: a file instead of JSON, as name and content"""

    method: str
    path: str
    body: Any = None
    form: tuple[str, bytes] | None = None


@dataclass
class Stage:
    """A company that sells tea, mugs and lots of cheese at two places; K-1 and K-2 buy, Li for K-1 on the portal."""

    app: Flask
    engine: Engine
    company: Company
    key: str
    buyer: Person
    made: int = 0

    def fresh(self) -> str:
        """A word that nothing else has."""
        self.made += 1
        return f"n{self.made}"

    def send(self, call: Call, once: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": once}
        more: dict[str, Any] = {"json": {} if call.body is None else call.body}
        if call.form:
            more = {"data": {"file": (io.BytesIO(call.form[1]), call.form[0])}}
        return self.app.test_client().open(
            f"/api/v1{call.path}", method=call.method, base_url=f"http://{BASE_HOST}", headers=headers, **more
        )

    def broken(self, call: Call, once: str, number: int) -> TestResponse | None:
        """Sends it with the connection lost before the n-th statement or commit. None where it was refused for that."""
        with breaking_at(number) as seen:
            answer = self.send(call, once)
        return None if seen.broken and answer.status_code >= 500 else answer

    def state(self) -> dict[str, str]:
        """All rows, but for the minute at which the key was last used, and for counters of numbers that may have gaps."""
        return digest_of(self.engine, self.company.id, without=frozenset({"api_keys", "number_counters"}))

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """A write on the way to the case. Returns the answer's JSON."""
        answer = self.send(Call(method, path, body), self.fresh())
        assert answer.status_code < 300, (path, answer.get_data(as_text=True))
        return answer.json

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.app.test_client().get(f"/api/v1{path}", base_url=f"http://{BASE_HOST}", headers=headers).json

    def work(self, use_case: Callable[[Work], Any]) -> Any:
        return in_work(self.engine, self.company.id, SYSTEM, use_case)

    def order(self, *lines: tuple[str, str], customer: str = "K-1", order_type: str = "standard", **more: Any) -> Any:
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines or (("TEA", "4"), ("MUG", "2"))]
        return self.do(
            "POST", "/orders/",
            {"order_type": order_type, "customer_number": customer, "lines": wanted, "custom": {"po": "1"}, **more},
        )  # fmt: skip

    def lines(self, order: str) -> Any:
        return self.get(f"/orders/{order}")["lines"]

    def scalar(self, sql: str, **params: Any) -> UUID:
        return UUID(str(self.work(lambda work: work.scalar(sql, {"t": work.tenant_id, **params}))))


Case = Callable[[Stage], Call]
Cases = Mapping[str, Case]
