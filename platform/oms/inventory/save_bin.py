"""Creates or changes a bin of a location by its code."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import new_id
from oms.inventory.errors import BinInUse, LocationNotFound
from oms.inventory.words import BIN_KINDS

CODE_MISSING = N_("A bin needs a code of up to 40 characters, such as A-01.")
_LONGEST = 40
_ONE_DEFAULT = """
UPDATE bins SET is_default = false
WHERE tenant_id = %(tenant)s AND location_id = %(location)s AND is_default AND code <> %(code)s
"""
_SAVE = """
INSERT INTO bins AS b (tenant_id, id, location_id, code, kind, is_default, active)
VALUES (%(tenant)s, %(id)s, %(location)s, %(code)s, %(kind)s, %(is_default)s, %(active)s)
ON CONFLICT (tenant_id, location_id, code) DO UPDATE
  SET kind = excluded.kind, is_default = excluded.is_default, active = excluded.active
RETURNING b.id
"""
_HOLDS = """
SELECT 1 FROM bins b JOIN bin_contents c ON c.tenant_id = %(tenant)s AND c.bin_id = b.id AND c.quantity > 0
WHERE b.tenant_id = %(tenant)s AND b.location_id = %(location)s AND b.code = %(code)s LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveBin:
    """kind        pick, bulk, receiving or quarantine
    is_default  what arrives at the location is put there; of each location one bin at most
    """

    location_id: UUID
    code: str
    kind: str = "pick"
    is_default: bool = False
    active: bool = True


def save_bin(work: Work, command: SaveBin) -> UUID:
    """The bin's id. Raises LocationNotFound, Invalid, BinInUse (a bin with units cannot be put out of use)."""
    if not work.actor.may_see("location", command.location_id):
        raise LocationNotFound()
    code = command.code.strip()
    if not 0 < len(code) <= _LONGEST:
        raise Invalid(problems=[Problem("/code", "code_missing", CODE_MISSING)])
    assert command.kind in BIN_KINDS
    parameters = {
        "tenant": work.tenant_id, "id": new_id(), "location": command.location_id, "code": code, "kind": command.kind,
        "is_default": command.is_default and command.active, "active": command.active,
    }  # fmt: skip
    known = work.scalar(  # one after the other: two defaults at once would meet at the unique index
        "SELECT 1 FROM locations WHERE tenant_id = %(tenant)s AND id = %(location)s FOR NO KEY UPDATE", parameters
    )
    if not known:
        raise LocationNotFound()
    if not command.active and work.scalar(_HOLDS, parameters):
        raise BinInUse(bin=code)
    if parameters["is_default"]:
        work.execute(_ONE_DEFAULT, parameters)
    return UUID(str(work.scalar(_SAVE, parameters)))
