"""The product's own processes, started as in production, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from kernel.db.engine import make_engine
from kernel.embedded import EmbeddedValkey
from kernel.embedded.ports import free_port
from tests.support.database import Servers

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Fleet:
    """An installation on a database and a Valkey of its own.

    settings  environment besides the usual
    """

    servers: Servers
    database: str
    valkey: EmbeddedValkey
    logs: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _engines: list[Engine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app, self.system, self.owner = (
            make_engine(self.servers.database(role, self.database), pool_size=8) for role in ("app", "system", "owner")
        )
        self._engines = [self.app, self.system, self.owner]
        self.port = free_port(0)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """`orderloom <command>` in a process group of its own."""
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "DATABASE_URL": self.servers.database("app", self.database),
            "DATABASE_SYSTEM_URL": self.servers.database("system", self.database),
            "REDIS_URL": self.valkey.url,
            "ORDERLOOM_SECRET_KEY": "only tests sign and encrypt with this key",
            "ORDERLOOM_PORT": str(self.port),
            "ORDERLOOM_DB_POOL": "4",
            "ORDERLOOM_RESEND_SECONDS": "2",
            "ORDERLOOM_IMPORT_STALE_SECONDS": "1",
            **self.settings,
        }
        with (self.logs / f"{command[0]}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "web.cli", *command], cwd=ROOT, env=environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._children.append(child)
        return child

    def serve(self) -> subprocess.Popen[bytes]:
        """A web server that is ready."""
        child = self.start("serve", "--processes", "2", "--threads", "2")
        wait_for(self._ready, seconds=90)  # two cores may have much else to do
        return child

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def scalar(self, statement: str, **parameters: object) -> int:
        """Seen as the owner; the statement names its tenant."""
        with self.owner.connect() as connection:
            return int(connection.execute(text(statement), parameters).scalar_one() or 0)

    def stop(self) -> None:
        for child in self._children:
            kill(child)
        for engine in self._engines:
            engine.dispose()
        self.valkey.stop()


def kill(child: subprocess.Popen[bytes]) -> None:
    """kill -9 of the process and all that it started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def children_of(child: subprocess.Popen[bytes]) -> list[int]:
    """Its direct children, as the kernel lists them."""
    return [int(pid) for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]


def wait_for(holds: Callable[[], object], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.03)
