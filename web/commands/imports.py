"""`orderloom import …`: files in, from the shell, without a worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernel.db import Work
from oms.fields.judge_values import import_keys
from oms.mass.import_products import import_products
from oms.mass.jobs import TOOLS
from oms.mass.queries import count_problems, error_file, read_run
from oms.mass.run_import import run_import
from oms.mass.stage_file import StageFile, stage_file
from oms.placement.policy_for import policy_for
from tenants.scope import in_work, open_work
from web.commands.find import CLI_ACTOR, find_company


def import_order_file(
    file: Path, say: Callable[[str], None], *, slug: str, channel: str, order_type: str, check_only: bool,
    create_customers: bool, create_skus: bool, errors: Path | None,
) -> int:  # fmt: skip
    """Stages and runs the file in this process, says what became of it, and returns the exit status."""
    engine, tenant_id = find_company(slug)
    command = StageFile(
        file_name=file.name, channel=channel, order_type=order_type, check_only=check_only,
        create_customers=create_customers, create_skus=create_skus, announce=False,
    )  # fmt: skip
    started = time.monotonic()

    def stage(work: Work) -> Any:
        policy_for(work, order_type)  # an unknown order type is said before the file is read
        with file.open("rb") as opened:
            return stage_file(work, command, opened, import_keys(work, "order"), import_keys(work, "order_line"))

    staged = in_work(engine, tenant_id, CLI_ACTOR, stage)
    taken_in = time.monotonic() - started
    if staged.mapping.ignored:
        say(f"columns not used: {', '.join(staged.mapping.ignored)}")
    run_import(lambda tenant: open_work(engine, tenant, CLI_ACTOR), tenant_id, staged.run_id, TOOLS)
    with open_work(engine, tenant_id, CLI_ACTOR) as work:
        run, faults = read_run(work, staged.run_id), count_problems(work, staged.run_id)
        if errors and run.orders_bad:
            errors.write_text("".join(error_file(work, staged.run_id, "en")), "utf-8")
    seconds = time.monotonic() - started
    say(
        f"{run.state}: {run.orders_done} orders {'would be ' if check_only else ''}placed with {run.lines_done} lines, "
        f"{run.orders_known} known before, {run.orders_bad} bad"
    )
    say(f"{run.lines_skipped} lines of quantity 0 left out, {run.lines_merged} repeated products added up")
    for fault in faults:
        if fault.severity == "error":
            say(f"  {fault.rows:>6}  {fault.message.replace('{value}', '…')}")
    if errors and run.orders_bad:
        say(f"rows of bad orders: {errors}")
    say(f"{seconds:.1f} s, of these {taken_in:.1f} s to take the file in; {run.orders_total / seconds:.0f} orders/s")
    return 1 if run.orders_bad or run.state == "failed" else 0


def import_product_file(file: Path, slug: str) -> str:
    engine, tenant_id = find_company(slug)

    def run(work: Work) -> Any:
        with file.open("rb") as opened:
            return import_products(work, opened, file.name)

    outcome = in_work(engine, tenant_id, CLI_ACTOR, run)
    return f"{outcome.rows} rows, {outcome.saved} SKUs made or changed"
