"""Coupons that the orders of a chunk bring: judged as a single order's, a fault takes the order out of the chunk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from oms.placement.policy import OrderPolicy
from oms.placement.settle import Settled
from oms.promotions.usage import COUPON_WITHOUT_EFFECT, CouponRow, Usage, judge_coupons, normal_code

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

FIELD = "coupons"
_BROUGHT = """
SELECT DISTINCT ON (m.seq) m.seq, m.row_no, m.outside_number, m.values ->> 'coupons' AS codes FROM m_rows m
WHERE m.values ? 'coupons' ORDER BY m.seq, m.row_no
"""
_FAULTS = """
WITH bad AS (
  UPDATE m_orders o SET bad = true
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (seq int) WHERE o.seq = x.seq AND o.known IS NULL
)
INSERT INTO import_problems
  (tenant_id, id, run_id, row_no, outside_number, field, value, code, message, facts, severity)
SELECT %(tenant)s, new_id(), %(run)s, x.row_no, x.outside_number, 'coupons', x.value, x.code, x.message, x.facts,
  'error'
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (seq int, row_no int, outside_number text, value text, code text, message text, facts jsonb)
"""
_SPLIT = re.compile(r"[\s,;，；、]+")


@dataclass(slots=True)
class ChunkCoupons:
    """rows: seq -> the row that brings the codes; faults: rows of `import_problems`, so far"""

    rows: Mapping[int, Any]
    codes: Mapping[int, tuple[str, ...]]
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def all_codes(self) -> list[str]:
        return sorted({code for codes in self.codes.values() for code in codes})

    def judge(
        self, seq: int, usage: Usage, policy: OrderPolicy, customer_id: UUID, today: date
    ) -> dict[str, CouponRow] | None:
        """promotion -> the coupon that brings it; None where one is at fault, which is noted."""
        codes = self.codes.get(seq, ())
        if not codes:
            return {}
        promotions = {promotion.key: promotion for promotion in policy.promotions}
        brought, problems = judge_coupons(codes, usage, promotions, customer_id, today)
        for problem in problems:
            self._note(seq, problem.code, problem.message, str(problem.facts["code"]))
        return None if problems else brought

    def has_effect(self, seq: int, brought: Mapping[str, CouponRow], settled: Settled) -> bool:
        """Whether every coupon takes something off; one that does not is noted."""
        used = {one.coupon for one in settled.redemptions}
        wasted = [code for code in self.codes.get(seq, ()) if normal_code(code) not in used] if brought else []
        for code in wasted:
            self._note(seq, "coupon_without_effect", COUPON_WITHOUT_EFFECT, code)
        return not wasted

    def _note(self, seq: int, code: str, message: str, coupon: str) -> None:
        row = self.rows[seq]
        self.faults.append(
            {
                "seq": seq, "row_no": row.row_no, "outside_number": row.outside_number, "value": coupon, "code": code,
                "message": message, "facts": {"code": coupon, "value": coupon},
            }
        )  # fmt: skip


def read_coupons(work: Work) -> ChunkCoupons:
    """The first row of an order that has codes says them, parted by blanks or commas."""
    rows = {row.seq: row for row in work.rows(_BROUGHT)}
    codes: dict[int, tuple[str, ...]] = {
        seq: tuple(dict.fromkeys(code for code in _SPLIT.split(row.codes or "") if code)) for seq, row in rows.items()
    }
    return ChunkCoupons(rows=rows, codes=codes)


def report_coupons(work: Work, settings: ImportSettings, faults: Sequence[Mapping[str, Any]]) -> None:
    if faults:
        work.execute(
            _FAULTS, {"tenant": work.tenant_id, "run": settings.run_id, "rows": dumps([dict(each) for each in faults])}
        )
