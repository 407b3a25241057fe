"""What can go wrong with a backtest."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound, Unavailable
from kernel.i18n import N_


class BacktestUnknown(NotFound):
    code = "backtest_unknown"
    message = N_("There is no such backtest.")


class BacktestOver(Conflict):
    code = "backtest_over"
    message = N_("This backtest is over already ({state}).")


class BacktestBusy(Unavailable):
    """Another worker is at it; it is tried again later, in case that one dies."""

    code = "backtest_busy"
    message = N_("The backtest is running already.")


class NothingToTest(Invalid):
    code = "nothing_to_test"
    message = N_("No draft differs from what is in force, so there is nothing to try.")


class NoHistory(Invalid):
    code = "no_history"
    message = N_("There is no history in this period to try the drafts on.")


class BacktestBroke(Unavailable):
    """A fault of ours: it is in the log, and trying again would meet it again."""

    code = "backtest_broke"
    message = N_("Something went wrong while the history was decided again. We were told; the sums so far stand.")
