"""Runs the relay: committed events become messages for the workers."""

from __future__ import annotations

import structlog

from kernel import settings
from kernel.jobs.broker import make_broker, send_delivery
from kernel.jobs.registry import CONSUMERS
from kernel.outbox.relay import run_relay
from web import consumers
from web.process.runtime import Stop, start_logging, system_engine

log = structlog.get_logger("relay")


def run() -> None:
    start_logging()
    stop = Stop()
    consumers.register()
    wanted = [(topic, consumer.name) for consumer in CONSUMERS.values() for topic in sorted(consumer.topics)]
    log.info("relay_started", consumers=len(CONSUMERS))
    run_relay(
        system_engine(), send_delivery(make_broker(settings.get("REDIS_URL"))), wanted=wanted, stopped=stop.requested,
        resend_after_seconds=settings.get_int("ORDERLOOM_RESEND_SECONDS"),
    )  # fmt: skip
    log.info("relay_stopped")
