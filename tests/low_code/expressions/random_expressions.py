"""Random typed expressions over the order-like subject, as documents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from low_code.expressions import Checked, check
from low_code.expressions.literals import literal_document
from low_code.expressions.types import Kind

from ..order_subject import CHANNELS, DATES, INSTANTS, LABELS, LENGTHS, NUMBERS, PRIORITIES, SUBJECT, TEXTS

K = Kind
TEMPORAL = (K.DATE, K.DATETIME, K.DURATION)
ORDERED = (K.NUMBER, K.MONEY, K.STRING, *TEMPORAL)
KINDS = [
    Kind.BOOL,
    Kind.BOOL,
    Kind.BOOL,
    Kind.NUMBER,
    Kind.MONEY,
    Kind.STRING,
    Kind.DATE,
    Kind.DATETIME,
    Kind.DURATION,
]
# What a random document may run into although it is well typed: the checker is stricter than the generator.
EXPECTED_REFUSALS = {"never_empty", "too_many_digits", "too_many_nodes", "null_operand"}


class Generator:
    """Makes documents of a wanted type; `in_rows` while the body of a row operator is made."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.in_rows = False

    def of(self, kind: Kind, depth: int) -> Any:
        if depth <= 0 or self.rng.random() < 0.12:
            return self.leaf(kind)
        make = getattr(self, kind.value)
        return make(depth - 1)

    def leaf(self, kind: Kind) -> Any:
        if self.rng.random() < 0.3:
            return self.constant(kind)
        return self.field(kind)

    def field(self, kind: Kind) -> Any:
        if self.in_rows and self.rng.random() < 0.8:
            inner = [p for p, f in SUBJECT.rows["order.lines"].items() if f.type.kind is kind]
            if inner:
                return {"var": self.rng.choice(inner)}
        outer = [p for p, f in SUBJECT.fields.items() if f.type.kind is kind]
        if not outer:
            return self.constant(kind)
        path = self.rng.choice(outer)
        return {"val": [[1], *path.split(".")]} if self.in_rows else {"var": path}

    def constant(self, kind: Kind) -> Any:
        pick = self.rng.choice
        match kind:
            case K.BOOL:
                return pick([True, False])
            case K.NUMBER:
                return pick([literal_document(pick(NUMBERS)), pick([0, 3, 12])])
            case K.MONEY:
                return {"money": [literal_document(pick(NUMBERS))["dec"], pick(["CNY", "USD"])]}
            case K.OPTION:
                return pick(PRIORITIES)
            case K.DATE:
                return literal_document(pick(DATES))
            case K.DATETIME:
                return literal_document(pick(INSTANTS))
            case K.DURATION:
                return literal_document(pick(LENGTHS))
            case _:
                return pick(TEXTS)

    def bool(self, depth: int) -> Any:
        choices = [
            self._logic, self._logic, self._equality, self._ordering, self._ordering, self._null_test,
            self._listed, self._options, self._text_test, self._sets, self._branch_bool,
        ]  # fmt: skip
        if not self.in_rows:
            choices += [self._quantifier] * 2
        return self.rng.choice(choices)(depth)

    def _logic(self, depth: int) -> Any:
        op = self.rng.choice(["and", "or", "!"])
        count = 1 if op == "!" else self.rng.randint(1, 3)
        return {op: [self.of(K.BOOL, depth) for _ in range(count)]}

    def _equality(self, depth: int) -> Any:
        kind = self.rng.choice([*ORDERED, K.BOOL])
        return {self.rng.choice(["==", "!="]): [self.of(kind, depth), self.of(kind, depth)]}

    def _ordering(self, depth: int) -> Any:
        kind = self.rng.choice(ORDERED)
        op = self.rng.choice(["<", "<=", ">", ">="])
        count = 3 if op in ("<", "<=") and self.rng.random() < 0.3 else 2
        return {op: [self.of(kind, depth) for _ in range(count)]}

    def _null_test(self, _: int) -> Any:
        kind = self.rng.choice([*ORDERED, K.BOOL, K.REF, K.OPTION])
        return {self.rng.choice(["==", "!="]): [self.field(kind), None]}

    def _listed(self, depth: int) -> Any:
        kind = self.rng.choice(ORDERED)
        return {"in": [self.of(kind, depth), [self.constant(kind) for _ in range(self.rng.randint(1, 3))]]}

    def _options(self, _: int) -> Any:
        pick = self.rng.choice
        if self.in_rows:
            return {pick(["==", "!="]): [{"var": "cf.colour"}, pick(["red", "blue"])]}
        path, ids = pick([("order.channel", CHANNELS), ("order.cf.priority", PRIORITIES)])
        return pick([
            {"==": [{"var": path}, pick(ids)]},
            {"!=": [{"var": path}, pick(ids)]},
            {"in": [{"var": path}, [pick(ids), pick(ids)]]},
            {"==": [{"var": "order.customer"}, "00000000-0000-0000-0000-000000000001"]},
            {"==": [{"var": "order.cf.priority"}, {"var": "order.cf.priority"}]},
        ])  # fmt: skip

    def _text_test(self, depth: int) -> Any:
        op = self.rng.choice(["starts", "ends", "in"])
        return {op: [self.of(K.STRING, depth), self.of(K.STRING, depth)]}

    def _sets(self, _: int) -> Any:
        pick = self.rng.choice
        labels = [pick(LABELS) for _ in range(pick([1, 2]))]
        path = pick(["order.cf.labels", "order.tags"])
        field = {"val": [[1], *path.split(".")]} if self.in_rows else {"var": path}
        return pick([{"in": [pick(LABELS), field]}, {"has_any": [field, labels]}, {"has_all": [field, labels]}])

    def _branch_bool(self, depth: int) -> Any:
        return self._branch(K.BOOL, depth)

    def _branch(self, kind: Kind, depth: int) -> Any:
        if self.rng.random() < 0.5:
            return {"??": [self.of(kind, depth), self.of(kind, depth)]}
        last = None if self.rng.random() < 0.2 else self.of(kind, depth)
        return {"if": [self.of(K.BOOL, depth), self.of(kind, depth), last]}

    def _within(self, kind: Kind, depth: int) -> Any:
        self.in_rows = True
        body = self.of(kind, depth)
        self.in_rows = False
        return body

    def _quantifier(self, depth: int) -> Any:
        op = self.rng.choice(["some", "all", "none"])
        return {op: [{"var": "order.lines"}, self._within(K.BOOL, depth)]}

    def _extreme(self, kind: Kind, depth: int) -> Any:
        if self.in_rows or self.rng.random() < 0.5:
            count = self.rng.randint(1, 3)
            return {self.rng.choice(["min", "max"]): [self.of(kind, depth) for _ in range(count)]}
        op = self.rng.choice(["min_of", "max_of"])
        return {op: [{"var": "order.lines"}, self._within(kind, depth)]}

    def number(self, depth: int) -> Any:
        def number() -> Any:
            return self.of(K.NUMBER, depth)

        pick = self.rng.choice
        makes = [
            lambda: {pick(["+", "*"]): [number(), number()]},
            lambda: {"-": [number() for _ in range(pick([1, 2]))]},
            lambda: {"/": [number(), number()]},
            lambda: {"/": [self.of(K.MONEY, depth), self.of(K.MONEY, depth)]},
            lambda: {"round": [number(), pick([0, 1, 2])]},
            lambda: {pick(["abs", "floor", "ceil", "round"]): [number()]},
            lambda: {"len": [self.of(K.STRING, depth)]},
            lambda: {"days": [self.of(K.DATE, depth), self.of(K.DATE, depth)]},
            lambda: {"weekday": [self.of(K.DATE, depth)]},
            lambda: self._extreme(K.NUMBER, depth),
            lambda: self._branch(K.NUMBER, depth),
        ]
        if not self.in_rows:
            makes.append(lambda: {"count": [{"var": "order.lines"}, self._within(K.BOOL, depth)]})
            makes.append(lambda: {"sum": [{"var": "order.lines"}, self._within(K.NUMBER, depth)]})
        return pick(makes)()

    def money(self, depth: int) -> Any:
        def money() -> Any:
            return self.of(K.MONEY, depth)

        pick = self.rng.choice
        makes = [
            lambda: {"+": [money() for _ in range(pick([2, 3]))]},
            lambda: {"-": [money() for _ in range(pick([1, 2]))]},
            lambda: {"*": pick([[money(), self.of(K.NUMBER, depth)], [self.of(K.NUMBER, depth), money()]])},
            lambda: {"/": [money(), self.of(K.NUMBER, depth)]},
            lambda: {"round": [money(), pick([0, 2])]},
            lambda: {pick(["abs", "floor", "ceil"]): [money()]},
            lambda: self._extreme(K.MONEY, depth),
            lambda: self._branch(K.MONEY, depth),
        ]
        if not self.in_rows:
            makes.append(lambda: {"sum": [{"var": "order.lines"}, self._within(K.MONEY, depth)]})
        return pick(makes)()

    def string(self, depth: int) -> Any:
        if self.rng.random() < 0.4:
            return {"cat": [self.of(K.STRING, depth) for _ in range(self.rng.randint(1, 3))]}
        if self.rng.random() < 0.2:
            return {"trim": [self.of(K.STRING, depth)]}
        return self._branch(K.STRING, depth)

    def date(self, depth: int) -> Any:
        pick = self.rng.choice
        return pick([
            lambda: {pick(["add_days", "add_months"]): [self.of(K.DATE, depth), self.of(K.NUMBER, depth)]},
            lambda: {"today": []},
            lambda: self._extreme(K.DATE, depth),
            lambda: self._branch(K.DATE, depth),
        ])()  # fmt: skip

    def datetime(self, depth: int) -> Any:
        pick = self.rng.choice
        return pick([
            lambda: {pick(["+", "-"]): [self.of(K.DATETIME, depth), self.of(K.DURATION, depth)]},
            lambda: {"now": []},
            lambda: self._extreme(K.DATETIME, depth),
            lambda: self._branch(K.DATETIME, depth),
        ])()  # fmt: skip

    def duration(self, depth: int) -> Any:
        pick = self.rng.choice
        return pick([
            lambda: {pick(["+", "-"]): [self.of(K.DURATION, depth), self.of(K.DURATION, depth)]},
            lambda: {"-": [self.of(K.DATETIME, depth), self.of(K.DATETIME, depth)]},
            lambda: self._extreme(K.DURATION, depth),
            lambda: self._branch(K.DURATION, depth),
        ])()  # fmt: skip


def random_checked(seed: int, count: int) -> Iterator[tuple[Any, Checked]]:
    generator = Generator(seed)
    made = 0
    while made < count:
        kind = generator.rng.choice(KINDS)
        document = generator.of(kind, generator.rng.randint(1, 4))
        result = check(document, SUBJECT)
        if result.checked is None:
            assert {problem.code for problem in result.problems} <= EXPECTED_REFUSALS, (
                document,
                result.problems,
            )
            continue
        made += 1
        yield document, result.checked
