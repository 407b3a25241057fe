"""A small mixed-integer programme, column by column and row by row, handed to HiGHS at once."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

_SAME_EVERY_TIME = 7


class Model:
    """Minimises the sum of cost times value. Columns are named by their index; rows are sums of them."""

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._uppers: list[float] = []
        self._whole: list[bool] = []
        self._start: list[float] = []
        self._rows: list[Sequence[tuple[int, float]]] = []
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []

    def integer(self, cost: float, upper: int, *, start: int = 0) -> int:
        return self._column(cost, float(upper), True, float(min(start, upper)))

    def binary(self, cost: float, *, start: bool = False) -> int:
        return self._column(cost, 1.0, True, float(start))

    def continuous(self, cost: float, *, start: float = 0.0) -> int:
        """From 0 without a limit."""
        return self._column(cost, highspy.kHighsInf, False, start)

    def row(self, terms: Sequence[tuple[int, float]], *, upper: float, lower: float = -highspy.kHighsInf) -> None:
        self._rows.append(terms)
        self._row_lower.append(lower)
        self._row_upper.append(upper)

    def upper(self, column: int) -> float:
        return self._uppers[column]

    def start_of(self, column: int) -> float:
        return self._start[column]

    def solve(self, seconds: float) -> tuple[list[float] | None, bool]:
        """(values, proven to be the best); begins with the start values. None: nothing was found in time."""
        if not self._costs:
            return [], True
        solver = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", _SAME_EVERY_TIME), ("time_limit", seconds),
            ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-6),
        ):  # fmt: skip
            solver.setOptionValue(option, value)
        solver.passModel(self._programme())
        begin = highspy.HighsSolution()
        begin.col_value = self._start
        solver.setSolution(begin)
        solver.run()
        proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, False
        return list(solver.getSolution().col_value), proven

    def _column(self, cost: float, upper: float, whole: bool, start: float) -> int:
        self._costs.append(cost)
        self._uppers.append(upper)
        self._whole.append(whole)
        self._start.append(start)
        return len(self._costs) - 1

    def _programme(self) -> highspy.HighsLp:
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(self._costs), len(self._rows)
        programme.col_cost_ = np.array(self._costs)
        programme.col_lower_ = np.zeros(len(self._costs))
        programme.col_upper_ = np.array(self._uppers)
        programme.row_lower_ = np.array(self._row_lower, dtype=np.double)
        programme.row_upper_ = np.array(self._row_upper, dtype=np.double)
        programme.integrality_ = [
            highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous for whole in self._whole
        ]
        matrix = programme.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.array([0, *np.cumsum([len(row) for row in self._rows])], dtype=np.int32)
        matrix.index_ = np.array([column for row in self._rows for column, _ in row], dtype=np.int32)
        matrix.value_ = np.array([factor for row in self._rows for _, factor in row], dtype=np.double)
        return programme
