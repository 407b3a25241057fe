"""The frame of a whole life: each step is first broken in its middle, then done, then everything is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import DomainError
from tests.oms.lives.company import CUSTOMERS, Ids, found
from tests.oms.lives.paper import Order, copy
from tests.oms.lives.pencil import Way
from tests.support.faults import Fault, failing_at

REFUSED: Any = object()


@dataclass(frozen=True)
class Buyers:
    """Who is who, customers being merged and parted.

    stands   number of a customer -> whose number leads there now
    account  customer -> the account on which his orders count
    agreed   the customer with whom the price of cups is agreed
    """

    stands: Mapping[str, str] = field(default_factory=lambda: {name: name for name in CUSTOMERS})
    account: Mapping[str, str | None] = field(default_factory=lambda: {"C-1": "CA-1", "C-2": "CA-2", "C-3": None})
    agreed: str = "C-1"

    def merge(self, winner: str, loser: str) -> Buyers:
        """Where both have an account the winner's stays, else the one there is."""
        return Buyers(
            {name: winner if at == loser else at for name, at in self.stands.items()},
            {**self.account, winner: self.account[winner] or self.account[loser]},
            winner if self.agreed == loser else self.agreed,
        )


class Base:
    """done, refused: name of a step -> how often; refusal: code of the last one"""

    def __init__(self, work: Work, way: Way) -> None:
        self.work, self.way = work, way
        self.ids: Ids = found(work, way)
        self.start = work.today
        self.moves: list[tuple[UUID, UUID]] = []
        self.merged: list[tuple[UUID, Buyers]] = []  # with who was who before
        self.buyers = Buyers()
        self.reservations: list[UUID] = []
        self.rules: list[UUID] = []
        self.sent: list[tuple[UUID, str, str, int]] = []  # transfer, SKU, to, units on the way
        self.shelf: Counter[tuple[str, str]] = Counter()  # SKU, place -> good units
        self.paid_so_far = 0
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.refusal = ""
        self.step = ""

    def do(self, run: Callable[[], Any], number: int) -> Any:
        """The outcome, or REFUSED. First with a fault before some statement, of which nothing may be left."""
        with self._rolled_back(), failing_at(number % 29 + 1):
            run()
        self.refusal = ""
        self.work.flush()
        savepoint = self.work.connection.begin_nested()
        try:
            outcome = run()
            self.work.flush()
            self.work.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self.work.execute("SET CONSTRAINTS ALL DEFERRED")
        except DomainError as error:
            savepoint.rollback()
            self.refusal = error.code
            self.refused[f"{self.step}: {error.code}"] += 1
            return REFUSED
        savepoint.commit()
        self.done[self.step] += 1
        return outcome

    @contextmanager
    def _rolled_back(self) -> Iterator[None]:
        self.work.flush()
        savepoint = self.work.connection.begin_nested()
        try:
            yield
        except (Fault, DomainError):
            pass
        finally:
            savepoint.rollback()

    # what stands

    def read(self, order: UUID) -> Order:
        return copy(self.work, self.way, [order])[order]

    def all(self) -> dict[UUID, Order]:
        return copy(self.work, self.way)

    def orders(self, held: bool | None = None) -> list[Order]:
        """Placed ones, the oldest first."""
        return [
            order
            for order in self.all().values()
            if order.state == "placed" and (held is None or bool(order.held) == held)
        ]

    def order(self, number: int, held: bool | None = None) -> Order | None:
        found = self.orders(held)
        return found[number % len(found)] if found else None

    def coupon_uses(self) -> int:
        return int(self.work.scalar(
            "SELECT coalesce(sum(uses), 0) FROM promotion_counters WHERE tenant_id = %(t)s AND promotion = 'spring'"
            " AND coupon <> '' AND customer = ''",
            {"t": self.work.tenant_id},
        ))  # fmt: skip

    def customer_number(self, customer: UUID) -> str:
        return next(name for name, key in self.ids.customers.items() if key == customer)
