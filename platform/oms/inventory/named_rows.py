"""Rows that name SKUs, locations, lots and bins by codes, as files, pasted texts and the API do: found as a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_

SKU_UNKNOWN = N_("There is no SKU {value}.")
LOCATION_UNKNOWN = N_("There is no location {value}.")
BIN_UNKNOWN = N_("There is no bin {value} at {location}.")

_SKUS = """
SELECT s.code AS text, s.id, s.code, s.tracking FROM skus s
WHERE s.tenant_id = %(tenant)s AND s.code = ANY(%(texts)s)
UNION ALL
SELECT b.barcode, s.id, s.code, s.tracking FROM sku_barcodes b
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.sku_id
WHERE b.tenant_id = %(tenant)s AND b.barcode = ANY(%(texts)s) AND b.unit IS NULL
  AND NOT EXISTS (SELECT FROM skus o WHERE o.tenant_id = %(tenant)s AND o.code = b.barcode)
"""
_LOCATIONS = """
SELECT key, id FROM locations WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s)
  AND (%(reach)s::uuid[] IS NULL OR id = ANY(%(reach)s))
"""
_BINS = """
SELECT b.id, b.code, b.location_id FROM bins b
WHERE b.tenant_id = %(tenant)s AND b.active AND b.location_id = ANY(%(locations)s) AND b.code = ANY(%(codes)s)
"""


class RowsInvalid(Invalid):
    """`problems` names each row, its field and the reason; nothing was done."""

    code = "rows_invalid"
    message = N_("Some rows are wrong; nothing was done.")


@dataclass(frozen=True, slots=True)
class NamedSku:
    id: UUID
    code: str
    tracking: str


@dataclass(frozen=True, slots=True)
class Names:
    """What the texts stand for. Unknown ones are absent.

    skus       code, or barcode of the base unit -> SKU
    locations  key -> location, within reach
    bins       (location, code) -> bin
    """

    skus: Mapping[str, NamedSku]
    locations: Mapping[str, UUID]
    bins: Mapping[tuple[UUID, str], UUID]


def look_up_names(
    work: Work, *, skus: Sequence[str], locations: Sequence[str] = (), bins: Sequence[str] = (),
    at: Sequence[UUID] = (),
) -> Names:  # fmt: skip
    """Three statements or fewer. `at`: further locations whose bins are meant."""
    named = {
        row.text: NamedSku(row.id, row.code, row.tracking)
        for row in work.rows(_SKUS, {"tenant": work.tenant_id, "texts": sorted(set(skus))})
    }
    places: dict[str, UUID] = {}
    if locations:
        keys = {"tenant": work.tenant_id, "keys": sorted(set(locations)), "reach": work.actor.reach_list("location")}
        places = {row.key: row.id for row in work.rows(_LOCATIONS, keys)}
    of_bins: dict[tuple[UUID, str], UUID] = {}
    codes = sorted({code for code in bins if code})
    if codes:
        where: dict[str, Any] = {
            "tenant": work.tenant_id, "codes": codes, "locations": sorted({*places.values(), *at}),
        }  # fmt: skip
        of_bins = {(row.location_id, row.code): row.id for row in work.rows(_BINS, where)}
    return Names(named, places, of_bins)


def unknown_sku(pointer: str, value: str) -> Problem:
    return Problem(pointer, "sku_unknown", SKU_UNKNOWN, {"value": value})


def unknown_location(pointer: str, value: str) -> Problem:
    return Problem(pointer, "location_unknown", LOCATION_UNKNOWN, {"value": value})


def unknown_bin(pointer: str, value: str, location: str) -> Problem:
    return Problem(pointer, "bin_unknown", BIN_UNKNOWN, {"value": value, "location": location})
