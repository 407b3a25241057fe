"""Runs consumers of events."""

from __future__ import annotations

import structlog
from dramatiq import Worker

from kernel import settings
from kernel.jobs.broker import declare_actors, make_broker
from kernel.telemetry.heartbeat import beat
from web import consumers
from web.process.runtime import Stop, application_engine, opener, start_logging

log = structlog.get_logger("worker")
_SHUTDOWN_MS = 30_000
_BEAT_SECONDS = 5


def run_worker(threads: int) -> None:
    """Until told to stop: what runs then is finished, within half a minute."""
    start_logging()
    stop = Stop()
    consumers.register()
    broker = make_broker(settings.get("REDIS_URL"))
    declare_actors(broker, opener(application_engine()))
    worker = Worker(broker, worker_threads=threads)
    worker.start()
    log.info("worker_started", threads=threads)
    while not stop.wait(_BEAT_SECONDS):
        beat()
    worker.stop(timeout=_SHUTDOWN_MS)
    log.info("worker_stopped")
