"""Gives the fields that a release wants indexed their slots, and asks for the work that fills them."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.field_index.ask_run import ask_run
from low_code.field_index.columns import SLOTS
from low_code.kinds.fields.compile import EntityFields
from low_code.kinds.fields.types import SLOT_KINDS
from low_code.registry import DocumentUnknown, installed

_KINDS = {"date": "date", "datetime": "datetime", "money": "money"}
_ASSIGNED = """
SELECT key, slot, kind FROM field_slots WHERE tenant_id = %(tenant)s AND entity = %(entity)s ORDER BY slot, key
"""
_FREE = """
DELETE FROM field_slots WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND key = %(key)s AND slot = %(slot)s
"""
_ASSIGN = """
INSERT INTO field_slots (tenant_id, entity, key, slot, kind, assigned_xid)
VALUES (%(tenant)s, %(entity)s, %(key)s, %(slot)s, %(kind)s, pg_current_xact_id()::text::bigint)
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A field that is to be kept in a slot of a letter ("s", "n", "t"), or among the words ("words")."""

    key: str
    letter: str
    kind: str


def wishes_of(fields: EntityFields | None) -> list[Wish]:
    """What the fields want, in their order. Retired ones want nothing."""
    found = []
    for key, field in (fields.fields if fields else {}).items():
        if field.retired:
            continue
        letter = SLOT_KINDS.get(field.kept_as)
        if field.slot and letter:
            found.append(Wish(key, letter, _KINDS.get(field.kept_as, {"n": "number"}.get(letter, "text"))))
        if field.search == "text":
            found.append(Wish(key, "words", "words"))
    return found


def assign_slots(work: Work, entity: str) -> bool:
    """Makes the slots of an entity those that the release in force wants. Returns whether anything changed.

    A field keeps its slot as long as it wants one. A freed column may go to another field at once: nothing reads it
    before the run that this asks for has written every row anew.
    """
    name = {"tenant": work.tenant_id, "entity": entity}
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(%(tenant)s || %(entity)s, 0))", name)
    assigned = {(row.key, row.slot): row.kind for row in work.rows(_ASSIGNED, name)}
    wishes = wishes_of(fields_in_force(work, entity))
    kept = {(key, slot) for (key, slot), kind in assigned.items() if _wanted(key, slot, kind, wishes)}
    for key, slot in assigned.keys() - kept:
        work.execute(_FREE, {**name, "key": key, "slot": slot})
    used = {slot for _, slot in kept}
    served = {(key, _letter(slot)) for key, slot in kept}
    added = [wish for wish in wishes if (wish.key, wish.letter) not in served]
    for wish in added:
        slot = _free_slot(wish.letter, used)
        used.add(slot)
        work.execute(_ASSIGN, {**name, "key": wish.key, "slot": slot, "kind": wish.kind})
    changed = bool(added) or kept != assigned.keys()
    if changed:
        ask_run(work, entity, "index")
    return changed


def fields_in_force(work: Work, entity: str) -> EntityFields | None:
    try:
        fields: EntityFields = configuration(work).compiled("fields", entity)
    except DocumentUnknown:
        return None
    return fields


def indexed_entities() -> dict[str, str]:
    """entity -> table, of those that have slots."""
    return {key: one.table for key, one in installed().entities.items() if one.indexed and one.table}


def _wanted(key: str, slot: str, kind: str, wishes: list[Wish]) -> bool:
    return Wish(key, _letter(slot), kind) in wishes


def _letter(slot: str) -> str:
    return slot if slot == "words" else slot[0]


def _free_slot(letter: str, used: set[str]) -> str:
    if letter == "words":
        return letter
    # The check of the document counts them, so one is free.
    return next(slot for slot in SLOTS[letter] if slot not in used)
