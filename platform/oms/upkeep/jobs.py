"""What follows a release of fields, in the background; and the upkeep of what was retired."""

from __future__ import annotations

from kernel.db import Work
from kernel.jobs import consumes, every
from kernel.jobs.registry import OpenWork, consumes_long
from kernel.outbox import Delivery
from low_code.documents.compiled import configuration
from low_code.field_files.remove_waiting import remove_waiting
from low_code.field_index.ask_run import ask_run
from low_code.field_index.assign_slots import assign_slots, indexed_entities
from low_code.field_index.build_index import INDEX
from low_code.field_index.retirements import purge_retired, track_retirements
from low_code.field_index.run_batches import run_batches
from low_code.field_index.statistics import take_statistics
from low_code.registry import installed
from oms.upkeep.compute_fields import COMPUTE, COMPUTED_WITH, computed_differently


@consumes("config.published", name="upkeep.follow_release")
def follow_release(work: Work, delivery: Delivery) -> None:
    """Slots as the release in force wants them, retired fields remembered, changed formulas computed anew. Twice is
    harmless: the second finds nothing to do but what is asked for anew."""
    if not any(name.startswith("fields/") for name in delivery.payload["changed"]):
        return
    for entity in installed().entities:
        track_retirements(work, entity)
    for entity in indexed_entities():
        assign_slots(work, entity)
    before = configuration(work, delivery.payload["parent"] or 0)
    after = configuration(work, delivery.payload["release"])
    for entity in COMPUTED_WITH:
        if computed_differently(before, after, entity):
            ask_run(work, entity, "compute")


@consumes_long("fields.index_wanted", name="upkeep.build_index")
def build_index(open_work: OpenWork, delivery: Delivery) -> None:
    """Fills slots and words of all rows. Killed, it goes on behind the last batch that was committed."""
    run_batches(open_work, delivery.tenant_id, delivery.payload["entity"], delivery.payload["number"], INDEX)


@consumes_long("fields.compute_wanted", name="upkeep.compute_fields")
def compute_fields(open_work: OpenWork, delivery: Delivery) -> None:
    """Computes all rows anew. Killed, it goes on behind the last batch that was committed."""
    run_batches(open_work, delivery.tenant_id, delivery.payload["entity"], delivery.payload["number"], COMPUTE)


@every(seconds=3600, name="upkeep.purge_retired")
def purge(work: Work) -> None:
    """Values of fields that were retired thirty days ago go, and so do files that nobody took for a day."""
    purge_retired(work)
    remove_waiting(work)


@every(seconds=24 * 3600, name="upkeep.take_statistics")
def refresh_statistics(work: Work) -> None:
    """Values change; what is rare today may be common next month."""
    for entity in indexed_entities():
        if configuration(work).body("fields", entity):
            take_statistics(work, entity)
