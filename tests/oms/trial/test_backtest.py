"""A draft against history: the sums and the list are those of deciding each order alone, twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.errors import Invalid
from low_code.backtests.errors import BacktestBusy, BacktestOver, BacktestUnknown, NoHistory, NothingToTest
from low_code.backtests.queries import Backtest, list_differences, read_backtest
from low_code.backtests.run_backtest import run_backtest
from low_code.backtests.start_backtest import StartBacktest, cancel_backtest, start_backtest
from low_code.documents.compiled import configuration
from low_code.documents.errors import NotPublishable
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.flows.directory import UserDirectory
from low_code.registry import Configuration
from oms.trial.decide import Decided, Side, decide, differing
from oms.trial.history import PlacedOrders, Scope, decide_all, sides_of
from oms.trial.load_recorded import load_places, load_recorded
from tests.oms.trial.conftest import AFTER, BEFORE, discount, hold, named, rules

Draft = Callable[[dict[str, Any]], Configuration]


def opener(work: Work) -> Callable[[UUID], Any]:
    """Units of work of a job, all in the test's transaction, with savepoints for their ends."""

    @contextmanager
    def open_work(_: UUID) -> Iterator[Work]:
        work.execute("SAVEPOINT job")
        try:
            yield work
        except BaseException:
            work.execute("ROLLBACK TO SAVEPOINT job")
            raise
        work.execute("DROP TABLE IF EXISTS trial_orders, trial_lines")  # as the commit does
        work.execute("RELEASE SAVEPOINT job")

    return open_work


def start(work: Work, **scope: Any) -> UUID:
    wanted = Scope(**{"limit": 5_000, "until": work.now, **scope})
    return start_backtest(work, StartBacktest(scope=wanted.to_json()), PlacedOrders())


def run(work: Work, backtest_id: UUID) -> Backtest:
    run_backtest(opener(work), work.tenant_id, backtest_id, PlacedOrders())
    return read_backtest(work, backtest_id)


def alone(work: Work, order_ids: list[UUID], documents: Configuration) -> list[Decided]:
    """Brute force: each order by itself, through the closures."""
    side = Side(documents=documents, locale=work.tenant.locale, places=load_places(work), directory=UserDirectory(work))
    return [decide(order, side) for order in load_recorded(work, order_ids)]


def test_sets_decide_as_single_orders_do(work: Work, history: list[UUID], head: Configuration, draft: Draft) -> None:
    would_be = draft(AFTER)
    orders = load_recorded(work, history)

    together = decide_all(work, orders, sides_of(work, head, would_be))

    for number, documents in enumerate((head, would_be)):
        for order, both, single in zip(orders, together, alone(work, history, documents), strict=True):
            assert both[number] == single, order.number
    kinds = Counter(kind for _, one in together for kind in one.holds)
    assert {"review", "manual", "approval"} <= kinds.keys()  # the history has what is to be compared
    assert any(one.refused == "credit" for _, one in together) and any(one.is_split for one, _ in together)


def test_the_configuration_in_force_decides_as_it_did_when_the_orders_were_placed(
    work: Work, history: list[UUID], head: Configuration
) -> None:
    """That is what makes the other column comparable: nothing but the documents differs."""
    holds, picks = _what_happened(work)

    for order, found in zip(load_recorded(work, history), alone(work, history, head), strict=True):
        stored = work.row(
            "SELECT net_total, tax_total FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
            {"t": work.tenant_id, "o": order.id},
        )
        assert stored is not None
        assert (found.net, found.tax) == (stored.net_total, stored.tax_total)
        assert sorted(found.holds) == sorted(holds.get(order.id, ()))
        assert sorted(found.picks or ()) == sorted(picks.get(order.id, ()))


def _what_happened(work: Work) -> tuple[dict[UUID, list[str]], dict[UUID, list[tuple[int, str, Decimal]]]]:
    holds: dict[UUID, list[str]] = {}
    for row in work.rows("SELECT order_id, type FROM order_holds WHERE tenant_id = %(t)s", {"t": work.tenant_id}):
        holds.setdefault(row.order_id, []).append(row.type)
    picks: dict[UUID, list[tuple[int, str, Decimal]]] = {}
    for row in work.rows(
        "SELECT a.order_id, l.line_no, p.key, a.quantity FROM allocations a"
        " JOIN order_lines l ON l.tenant_id = a.tenant_id AND l.id = a.line_id"
        " JOIN locations p ON p.tenant_id = a.tenant_id AND p.id = a.location_id WHERE a.tenant_id = %(t)s",
        {"t": work.tenant_id},
    ):
        picks.setdefault(row.order_id, []).append((row.line_no, row.key, row.quantity))
    return holds, picks


def test_the_report_adds_up_to_what_each_order_alone_gives(
    work: Work, history: list[UUID], head: Configuration, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERLOOM_BACKTEST_CHUNK", "7")
    would_be = draft(AFTER)

    report = run(work, start(work))

    one, other = alone(work, history, head), alone(work, history, would_be)
    tallies = report.tallies
    assert (report.state, report.total, report.done) == ("done", len(history), len(history))
    for side, decided in (("before", one), ("after", other)):
        placed = [each for each in decided if not each.refused]
        assert Decimal(tallies[f"money.{side}.USD"]) == sum(each.net + each.tax for each in placed)
        assert tallies[f"held.{side}"] == sum(bool(each.holds) for each in placed)
        assert tallies[f"placed.{side}"] == len(placed)
        assert tallies[f"split.{side}"] == sum(len({key for _, key, _ in each.picks or ()}) > 1 for each in placed)
        assert tallies[f"approval.{side}"] == sum(each.approval == "big" for each in placed)
    assert tallies["refused.after.credit"] == sum(each.refused == "credit" for each in other)
    changed = {o for o, a, b in zip(history, one, other, strict=True) if _plain(a) != _plain(b)}
    listed = list_differences(work, report.id, limit=1000)
    assert {each.subject_id for each in listed} == changed and report.differing == len(changed) == tallies["changed"]
    assert [each.position for each in listed] == list(range(1, len(changed) + 1))
    assert tallies["changed"] < len(history)


def _plain(one: Decided) -> Any:
    stops = [(stop.outcome, stop.hold_type, stop.reason) for stop in one.review if stop.outcome != "pass"]
    return one.refused, one.prices, one.net, one.tax, stops, one.credit, one.approval, one.path, one.picks, one.short


def test_a_draft_that_decides_alike_changes_nothing(
    work: Work, history: list[UUID], head: Configuration, draft: Draft
) -> None:
    same_but_other_ids = rules(
        *({**rule, "id": f"{rule['id']}_2"} for rule in BEFORE["review_rules/standard"]["rules"])
    )
    draft({"review_rules/standard": same_but_other_ids})

    report = run(work, start(work))

    assert (report.state, report.differing, report.tallies["changed"]) == ("done", 0, 0)
    assert report.tallies["money.before.USD"] == report.tallies["money.after.USD"]


def test_a_killed_run_goes_on_where_it_stopped_and_counts_nothing_twice(
    work: Work, history: list[UUID], head: Configuration, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERLOOM_BACKTEST_CHUNK", "10")
    monkeypatch.setenv("ORDERLOOM_IMPORT_STALE_SECONDS", "0")
    draft(AFTER)
    whole = run(work, start(work))
    backtest_id = start(work)
    calls = 0

    class Dying(PlacedOrders):
        def decide(self, *given: Any) -> Any:
            nonlocal calls
            calls += 1
            chunk = super().decide(*given)
            if calls == 3:
                raise KeyboardInterrupt
            return chunk

    with pytest.raises(KeyboardInterrupt):
        run_backtest(opener(work), work.tenant_id, backtest_id, Dying())
    halfway = read_backtest(work, backtest_id)
    run_backtest(opener(work), work.tenant_id, backtest_id, PlacedOrders())
    finished = read_backtest(work, backtest_id)

    assert (halfway.state, halfway.done) == ("running", 20)
    assert (finished.state, finished.tallies, finished.differing) == ("done", whole.tallies, whole.differing)
    assert len(list_differences(work, backtest_id, limit=1000)) == whole.differing


def test_two_workers_do_not_run_the_same_backtest(work: Work, history: list[UUID], draft: Draft) -> None:
    draft(AFTER)
    backtest_id = start(work)
    work.execute("UPDATE config_backtests SET state = 'running', heartbeat_at = clock_timestamp()")

    with pytest.raises(BacktestBusy):
        run(work, backtest_id)


def test_cancelling_is_obeyed_between_chunks(
    work: Work, history: list[UUID], draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERLOOM_BACKTEST_CHUNK", "10")
    draft(AFTER)
    backtest_id = start(work)

    class Watched(PlacedOrders):
        def decide(self, work: Work, *given: Any) -> Any:
            cancel_backtest(work, backtest_id)
            return super().decide(work, *given)

    run_backtest(opener(work), work.tenant_id, backtest_id, Watched())
    stopped, queued = read_backtest(work, backtest_id), start(work)
    cancel_backtest(work, queued)

    assert (stopped.state, stopped.done) == ("cancelled", 10)
    assert read_backtest(work, queued).state == "cancelled"
    assert run(work, queued).done == 0
    with pytest.raises(BacktestOver):
        cancel_backtest(work, queued)
    with pytest.raises(BacktestUnknown):
        cancel_backtest(work, UUID(int=7))


def test_what_is_compared_is_fixed_at_the_start(
    work: Work, history: list[UUID], head: Configuration, draft: Draft
) -> None:
    draft(AFTER)
    first = run(work, start(work))
    backtest_id = start(work)
    draft({"price_rule/bulk": discount()})
    publish_drafts(work, PublishDrafts(base=work.tenant.head_release, accept_warnings=True))

    second = run(work, backtest_id)

    assert second.tallies == first.tallies and second.head == head.release


def test_the_scope_is_the_last_orders_of_a_type_and_time(work: Work, history: list[UUID], draft: Draft) -> None:
    draft(AFTER)

    assert run(work, start(work, limit=13)).done == 13
    web = run(work, start(work, order_type="web"))
    assert 0 < web.done < len(history)
    assert run(work, start(work, placed_from=work.today)).done == len(history)
    with pytest.raises(NoHistory):
        start(work, placed_to=work.today.replace(year=2001))


def test_what_cannot_be_compared_is_refused_with_the_reason(work: Work, history: list[UUID], draft: Draft) -> None:
    with pytest.raises(NothingToTest):
        start(work)
    save_draft(work, SaveDraft(kind="review_rules", key="broken", body={"rules": 5}))
    with pytest.raises(NotPublishable):
        start(work)
    for scope in (
        {"limit": 0},
        {"limit": 100_001},
        {"limit": 1, "placed_from": work.today, "placed_to": work.today.replace(year=2000)},
    ):
        with pytest.raises(Invalid):
            Scope(until=work.now, **scope).check()  # type: ignore[arg-type]


def test_orders_of_which_nothing_was_recorded_are_said(
    work: Work, history: list[UUID], head: Configuration, draft: Draft
) -> None:
    draft(AFTER)
    report = run(work, start(work))

    one, other = alone(work, history, head), alone(work, history, draft({}))
    unknown = sum(
        (not a.refused and not a.allocation_known) or (not b.refused and not b.allocation_known)
        for a, b in zip(one, other, strict=True)
    )
    assert report.tallies.get("unknown.allocation", 0) == unknown > 0
    assert report.tallies.get("unknown.credit", 0) == 0


USING = {
    "condition/many": {"name": named("Many"), "subject": "order", "when": {">": [{"var": "order.quantity"}, 1000]}},
    "condition/large": {"name": named("Large"), "subject": "line", "when": {">": [{"var": "line.quantity"}, 1000]}},
    "review_rules/standard": rules(hold("many", {"use": "many"})),
    "price_rule/bulk": {
        **discount(),
        "table": {
            "hit": "F",
            "inputs": [{"id": "large", "expr": {"use": "large"}}],
            "outputs": [{"id": "d", "name": "discount_percent", "type": "number"}],
            "rows": [{"id": "r", "when": {"large": {"eq": True}}, "then": {"d": "50"}}],
        },
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path", "what"),
    [("condition/many", "order.quantity", "review"), ("condition/large", "line.quantity", "price")],
)
def test_a_condition_that_other_documents_use_is_compared_through_them(
    work: Work, history: list[UUID], draft: Draft, name: str, path: str, what: str
) -> None:
    draft(USING)
    publish_drafts(work, PublishDrafts(base=work.tenant.head_release, accept_warnings=True))
    would_be = draft({name: {**USING[name], "when": {">": [{"var": path}, 5]}}})

    found = run(work, start(work))

    single = [alone(work, history, documents) for documents in (configuration(work), would_be)]
    expected = [number for number, both in enumerate(zip(*single, strict=True)) if differing(*both)]
    assert found.tallies[f"what.{what}"] > 0
    assert found.differing == len(expected)


def test_a_fault_in_the_middle_ends_the_run_and_keeps_the_sums(
    work: Work, history: list[UUID], draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERLOOM_BACKTEST_CHUNK", "25")
    draft(AFTER)
    backtest_id = start(work)
    whole, asked = PlacedOrders.decide, iter((True, False))

    def breaks_at_the_second_chunk(self: PlacedOrders, *what: Any) -> Any:
        if next(asked):
            return whole(self, *what)
        raise ArithmeticError("nobody thought of this")

    monkeypatch.setattr(PlacedOrders, "decide", breaks_at_the_second_chunk)

    found = run(work, backtest_id)

    assert (found.state, found.done) == ("failed", 25)
    assert "Something went wrong" in found.failure


def test_a_run_that_no_worker_is_at_any_more_is_cancelled_at_once(
    work: Work, history: list[UUID], draft: Draft
) -> None:
    draft(AFTER)
    backtest_id = start(work)
    work.execute(
        "UPDATE config_backtests SET state = 'running', heartbeat_at = clock_timestamp() - interval '1 day'"
        " WHERE tenant_id = %(t)s AND id = %(id)s",
        {"t": work.tenant_id, "id": backtest_id},
    )

    cancel_backtest(work, backtest_id)

    assert read_backtest(work, backtest_id).state == "cancelled"


def test_a_price_beyond_all_bounds_is_decided_and_not_raised(work: Work, history: list[UUID], draft: Draft) -> None:
    draft({"price_rule/bulk": discount(("r1", {"ge": 1}, "-1" + "0" * 25))})

    found = run(work, start(work))

    priced_by_table = sum(order.order_type == "standard" for order in load_recorded(work, history))
    assert (found.state, found.tallies["what.price"]) == ("done", priced_by_table)
