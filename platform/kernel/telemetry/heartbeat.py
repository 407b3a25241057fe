"""Proof of life of processes that open no port: a file that is touched while the process does its rounds."""

from __future__ import annotations

import time
from pathlib import Path

from kernel import settings


def beat() -> None:
    """Touches the heartbeat file, if the setting names one."""
    path = settings.get("ORDERLOOM_HEARTBEAT_FILE")
    if path:
        Path(path).touch()


def age_seconds(path: Path) -> float | None:
    """How long ago the file was touched; None where there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return None
