"""Backtests in the background."""

from __future__ import annotations

from kernel.ids import from_text
from kernel.jobs.registry import OpenWork, consumes_long
from kernel.outbox import Delivery
from low_code.backtests.errors import BacktestUnknown
from low_code.backtests.run_backtest import run_backtest
from low_code.backtests.start_backtest import PREFIX, TOPIC
from oms.trial.history import PlacedOrders


@consumes_long(TOPIC, name="trial.run_backtest", queue="backtests")
def run_started_backtest(open_work: OpenWork, delivery: Delivery) -> None:
    """Killed, it goes on behind the last chunk that committed."""
    backtest_id = from_text(PREFIX, delivery.payload["backtest_id"])
    if backtest_id is None:
        raise BacktestUnknown()
    run_backtest(open_work, delivery.tenant_id, backtest_id, PlacedOrders())
