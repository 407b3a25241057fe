"""Becomes the web server: granian with several processes of few threads each."""

from __future__ import annotations

import os
import sys

from kernel import settings


def serve(*, host: str, port: int, processes: int, threads: int) -> None:
    """Replaces this process. granian may wait for ever for a worker that is told to stop while it still imports the
    application, so it is given ten seconds."""
    settings.get("DATABASE_URL"), settings.get("ORDERLOOM_SECRET_KEY")  # a clear message now, not in a worker's log
    os.execv(  # noqa: S606  (the same interpreter, arguments from settings)
        sys.executable,
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "web.process.wsgi:application",
            "--host", host, "--port", str(port), "--workers", str(processes), "--blocking-threads", str(threads),
            "--backpressure", str(threads * 16), "--workers-kill-timeout", "10", "--respawn-failed-workers",
            "--no-ws", "--log-level", "warning",
        ],
    )  # fmt: skip
