"""Runs periodic tasks."""

from __future__ import annotations

import structlog

from kernel.jobs.scheduler import run_scheduler
from web import consumers
from web.process.runtime import Stop, application_engine, opener, start_logging, system_engine

log = structlog.get_logger("scheduler")


def run() -> None:
    start_logging()
    stop = Stop()
    consumers.register()
    log.info("scheduler_started")
    run_scheduler(system_engine(), opener(application_engine()), stopped=stop.requested)
    log.info("scheduler_stopped")
