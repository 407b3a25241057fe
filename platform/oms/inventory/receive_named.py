"""Receives rows that name SKUs, locations and bins by codes: a file, a pasted table, a call of the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import to_text
from oms.inventory.errors import MovementsRefused
from oms.inventory.move_stock import ReceiveStock, receive_rows
from oms.inventory.named_rows import Names, RowsInvalid, look_up_names, unknown_bin, unknown_location, unknown_sku
from oms.inventory.words import Status
from tenants.access.audit import audit

QUANTITY_WRONG = N_("Write a quantity of more than 0, such as 12 or 0.5.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedReceipt:
    """As ReceiveStock, by codes. quantity: None where it is no number."""

    sku: str
    location: str
    quantity: Decimal | None
    reason: str = ""
    cause: str = "purchase"
    status: Status = "good"
    lot: str = ""
    expires_on: date | None = None
    unit_cost: Decimal | None = None
    serials: tuple[str, ...] = ()
    bin: str = ""


def receive_named_rows(work: Work, rows: Sequence[NamedReceipt]) -> int:
    """All of them or none, ten statements or fewer. Returns how many rows were received.

    raises RowsInvalid with "/rows/<row>/<field>", or "/rows/<row>" for what booking refuses
    """
    names = look_up_names(
        work, skus=[row.sku for row in rows], locations=[row.location for row in rows], bins=[row.bin for row in rows]
    )
    problems = [problem for index, row in enumerate(rows) for problem in _faults(f"/rows/{index}", row, names)]
    if problems:
        raise RowsInvalid(problems=problems)
    commands = []
    for row in rows:
        location = names.locations[row.location]
        assert row.quantity is not None
        commands.append(
            ReceiveStock(
                sku_id=names.skus[row.sku].id, location_id=location, quantity=row.quantity, reason=row.reason,
                cause=row.cause, status=row.status, lot=row.lot, expires_on=row.expires_on, unit_cost=row.unit_cost,
                serials=row.serials, bin_id=names.bins.get((location, row.bin)),
            )
        )  # fmt: skip
    try:
        receive_rows(work, commands)
    except MovementsRefused as refused:
        raise RowsInvalid(
            problems=[Problem(f"/rows{each.pointer}", each.code, each.message, each.facts) for each in refused.problems]
        ) from None
    if commands:
        told = {"rows": (None, len(rows)), "units": (None, str(sum(command.quantity for command in commands)))}
        audit(work, "stock.receive_rows", "location", to_text("loc", commands[0].location_id), told)
    return len(commands)


def _faults(at: str, row: NamedReceipt, names: Names) -> list[Problem]:
    problems = []
    location = names.locations.get(row.location)
    if row.sku not in names.skus:
        problems.append(unknown_sku(f"{at}/sku", row.sku))
    if location is None:
        problems.append(unknown_location(f"{at}/location", row.location))
    elif row.bin and (location, row.bin) not in names.bins:
        problems.append(unknown_bin(f"{at}/bin", row.bin, row.location))
    if row.quantity is None or row.quantity <= 0:
        problems.append(Problem(f"{at}/quantity", "quantity_invalid", QUANTITY_WRONG))
    return problems
