"""The product as it is run: web server, worker and relay as processes of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from kernel.embedded.ports import free_port

ROOT = Path(__file__).parents[2]
_PROCESSES = {
    "serve": ("serve", "--processes", "1", "--threads", "4"),
    "worker": ("worker", "--threads", "2"),
    "relay": ("relay",),
}
_READY_SECONDS, _STOP_SECONDS = 30, 15


@contextlib.contextmanager
def running_product(settings: Mapping[str, str], logs: Path) -> Iterator[int]:
    """Yields the port on which it answers. What the processes say is in `logs`."""
    port = free_port(18_400)
    environment = {
        **os.environ,
        **settings,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "PYTHONUNBUFFERED": "1",
        "ORDERLOOM_PORT": str(port),
        "ORDERLOOM_PUBLIC_URL": f"http://{{slug}}.localhost:{port}",
    }
    with contextlib.ExitStack() as stack:
        for name, arguments in _PROCESSES.items():
            stack.enter_context(_process(arguments, environment, logs / f"{name}.log"))
        _wait_until_ready(port, logs / "serve.log")
        yield port


@contextlib.contextmanager
def _process(arguments: tuple[str, ...], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "web.cli", *arguments]
    with (
        log.open("wb") as said,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said) as child,
    ):
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.1)
    raise AssertionError(f"the web server did not become ready:\n{log.read_text()[-3000:]}")
