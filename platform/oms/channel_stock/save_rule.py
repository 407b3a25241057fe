"""Keeps and ends rules of how much of the stock a channel may sell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.ids import new_id, to_text
from oms.channel_stock import errors
from oms.channel_stock.plan import ALL_CHANNELS
from tenants.access.audit import audit

_INSERT = """
INSERT INTO channel_stock_rules (tenant_id, id, channel, kind, sku_id, category, location_id, quantity, percent,
  valid_from, valid_to, note, created_at, created_by)
VALUES (%(tenant)s, %(id)s, %(channel)s, %(kind)s, %(sku)s, %(category)s, %(location)s, %(quantity)s, %(percent)s,
  %(valid_from)s, %(valid_to)s, %(note)s, %(now)s, %(actor)s)
"""
_LIST = """
SELECT r.id, r.channel, r.kind, s.code AS sku, r.category, l.key AS location, l.names AS location_names, r.quantity,
  r.percent, r.valid_from, r.valid_to, r.note, r.created_at, r.created_by
FROM channel_stock_rules r
LEFT JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = r.sku_id
LEFT JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = r.location_id
WHERE r.tenant_id = %(tenant)s AND r.active
ORDER BY r.channel, r.kind, r.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveChannelRule:
    """kind      buffer, quota or exclusive
    quantity  base units, of each SKU that is meant; or percent of what is on hand, for a buffer
    sku_id    None: all, or those of category; location_id None: all together
    """

    channel: str
    kind: str
    quantity: Decimal | None = None
    percent: Decimal | None = None
    sku_id: UUID | None = None
    category: str = ""
    location_id: UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""


def save_channel_rule(work: Work, command: SaveChannelRule) -> UUID:
    """A new rule; promises that were made already stay. Raises RuleInvalid with every fault."""
    problems = _problems(command)
    if problems:
        raise errors.RuleInvalid(problems=problems)
    rule_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": rule_id, "channel": command.channel.strip(), "kind": command.kind,
            "sku": command.sku_id, "category": "" if command.sku_id else command.category.strip(),
            "location": command.location_id, "quantity": command.quantity, "percent": command.percent,
            "valid_from": command.valid_from, "valid_to": command.valid_to, "note": command.note.strip(),
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
    told = {
        "channel": (None, command.channel), "kind": (None, command.kind),
        "units": (None, str(command.quantity if command.percent is None else f"{command.percent} %")),
    }  # fmt: skip
    audit(work, "channel_rule.create", "channel_rule", to_text("chr", rule_id), told)
    return rule_id


def end_channel_rule(work: Work, rule_id: UUID) -> None:
    """Raises RuleNotFound."""
    ended = work.execute(
        "UPDATE channel_stock_rules SET active = false WHERE tenant_id = %(tenant)s AND id = %(id)s AND active",
        {"tenant": work.tenant_id, "id": rule_id},
    )
    if not ended:
        raise errors.RuleNotFound()
    audit(work, "channel_rule.end", "channel_rule", to_text("chr", rule_id))


def list_channel_rules(work: Work) -> list[Any]:
    """Those in force or to come, by channel."""
    return work.rows(_LIST, {"tenant": work.tenant_id})


def _problems(command: SaveChannelRule) -> list[Problem]:
    problems = []
    if not command.channel.strip():
        problems.append(Problem("/channel", "channel_missing", errors.CHANNEL_MISSING))
    if command.channel.strip() == ALL_CHANNELS and command.kind != "buffer":
        problems.append(Problem("/channel", "only_buffers", errors.ALL_ONLY_BUFFERS))
    share = command.percent is not None
    wrong = (command.quantity is None) == (command.percent is None) or (share and command.kind != "buffer")
    if wrong or (command.quantity or 0) < 0 or not 0 <= (command.percent or 0) <= 100:
        problems.append(Problem("/quantity", "units_or_share", errors.UNITS_OR_SHARE))
    if command.valid_from and command.valid_to and command.valid_to < command.valid_from:
        problems.append(Problem("/valid_to", "days_turned", errors.DAYS_TURNED))
    return problems
