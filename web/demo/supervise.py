"""Starts everything the demo needs, keeps it running, and stops it again.

Servers first, then migrations and demo data, then the product's own processes, each in a process group of its
own so that Ctrl-C reaches them in order: web and workers finish what they are at, the database stops last.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from kernel.embedded import OWNER, EmbeddedPostgres, EmbeddedValkey
from kernel.embedded.account import account_for
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import free_port
from kernel.schema import APP_ROLE, SYSTEM_ROLE
from kernel.schema.migrate import migrate, pending_revisions
from web.demo import seed
from web.process.runtime import Stop

WANTED_PORT = 8000
WANTED_POSTGRES_PORT = 55432
WANTED_VALKEY_PORT = 56379
_PROCESSES = ("serve", "worker", "relay", "scheduler")
_STOP_SECONDS = 15
_RESTARTS = 5


def say(text: str = "") -> None:
    print(text, flush=True)


@dataclass
class Demo:
    """state  folder of the demo's data and logs; deleting it (`--reset`) forgets everything"""

    state: Path
    port: int
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _restarts: dict[str, int] = field(default_factory=dict)

    def run(self) -> int:
        """Until Ctrl-C. Returns the exit status."""
        stop = Stop()
        started = time.monotonic()
        self.state.mkdir(parents=True, exist_ok=True)
        port = free_port(self.port)
        if port != self.port:
            say(f"Port {self.port} is taken; the demo uses {port}.")
        postgres = EmbeddedPostgres(self.state, wanted_port=WANTED_POSTGRES_PORT).start()
        valkey = EmbeddedValkey(self.state, wanted_port=WANTED_VALKEY_PORT).start()
        try:
            environment = self._environment(postgres, valkey, port)
            self._prepare(postgres, environment)
            for name in _PROCESSES:
                self._spawn(name, environment)
            if not self._wait_until_ready(port, stop):
                return 0 if stop.requested() else 1
            say(seed.welcome(port, ready_seconds=time.monotonic() - started, logs=self.state / "logs"))
            while not stop.requested():
                self._revive(environment)
                time.sleep(0.3)
            say("\nStopping …")
            return 0
        finally:
            self._stop_children()
            valkey.stop()
            postgres.stop()
            say("Stopped. The data is kept; `make demo` starts again on it.")

    def _environment(self, postgres: EmbeddedPostgres, valkey: EmbeddedValkey, port: int) -> dict[str, str]:
        metrics = self.state / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir()
        settings = {
            "DATABASE_URL": postgres.url(APP_ROLE),
            "DATABASE_OWNER_URL": postgres.url(OWNER),
            "DATABASE_SYSTEM_URL": postgres.url(SYSTEM_ROLE),
            "REDIS_URL": valkey.url,
            "ORDERLOOM_SECRET_KEY": self._secret_key(),
            "ORDERLOOM_PORT": str(port),
            "ORDERLOOM_PUBLIC_URL": f"http://{{slug}}.localhost:{port}",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }
        os.environ.update(settings)
        return {**os.environ, "PYTHONUNBUFFERED": "1"}

    def _secret_key(self) -> str:
        path = self.state / "secret-key"
        if not path.exists():
            path.write_text(secrets.token_urlsafe(48))
            path.chmod(0o600)
        return path.read_text()

    def _prepare(self, postgres: EmbeddedPostgres, environment: dict[str, str]) -> None:
        postgres.create_database("orderloom")
        if pending_revisions(environment["DATABASE_OWNER_URL"]):
            say("Preparing the database …")
            migrate(environment["DATABASE_OWNER_URL"])
        seed.ensure_seeded(say)

    def _spawn(self, name: str, environment: dict[str, str]) -> None:
        logs = self.state / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "web.cli", name],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def _revive(self, environment: dict[str, str]) -> None:
        """Starts a process again that ended by itself; says so, and gives up after a few times."""
        for name, child in list(self._children.items()):
            if child.poll() is None:
                continue
            self._restarts[name] = self._restarts.get(name, 0) + 1
            if self._restarts[name] > _RESTARTS:
                del self._children[name]
                say(f"{name} keeps ending; see {self.state / 'logs' / f'{name}.log'}")
                continue
            say(f"{name} ended with status {child.returncode}; starting it again")
            self._spawn(name, environment)

    def _wait_until_ready(self, port: int, stop: Stop) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not stop.requested():
            if self._children["serve"].poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return True
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        if not stop.requested():
            say(f"The web server did not become ready; see {self.state / 'logs' / 'serve.log'}")
        return False

    def _stop_children(self) -> None:
        for child in self._children.values():
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(child, signal.SIGKILL)
                child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass


def forget(state: Path) -> None:
    """Deletes the demo's data."""
    shutil.rmtree(account_for(state).state, ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)
