"""Logs: one JSON object a line, with the tenant and the request id that were bound to the context."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

from kernel.db import json as exact_json


def configure_logs(*, style: str = "json", level: str = "INFO") -> None:
    """Sets up structlog and what libraries log through the standard library.

    style  json for machines, console for people
    level  DEBUG, INFO, WARNING or ERROR
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=lambda value, **_: exact_json.dumps(value))
        if style == "json"
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each, logging.StreamHandler)] + [handler]
    root.setLevel(max(number, logging.WARNING))


def bind(**facts: Any) -> None:
    """Adds facts to every further log line of this context: `bind(tenant=…, request_id=…)`."""
    bind_contextvars(**facts)


def unbind_all() -> None:
    clear_contextvars()
