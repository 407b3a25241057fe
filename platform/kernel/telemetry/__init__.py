"""Logs and metrics."""

from kernel.telemetry.logs import bind, configure_logs, unbind_all
from kernel.telemetry.metrics import REQUEST_SECONDS, exposition

__all__ = ["REQUEST_SECONDS", "bind", "configure_logs", "exposition", "unbind_all"]
