"""Whom embedded servers run as, and where they keep their files.

PostgreSQL refuses to run as root. So as root the servers run as `nobody`, from a state folder that `nobody`
can reach, and with binaries copied there: a checkout in a closed home folder stays closed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT_STATE = Path("/var/lib/orderloom")


@dataclass(frozen=True, slots=True)
class Account:
    """state    folder of the servers' data
    popen    keyword arguments for subprocess that drop to the account
    owner    (uid, gid) that files must belong to; None: whoever we are
    """

    state: Path
    popen: dict[str, Any]
    owner: tuple[int, int] | None

    def make_folder(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        if self.owner:
            os.chown(folder, *self.owner)
        return folder


def account_for(state: Path) -> Account:
    """The account for servers whose data belongs to the folder `state` (made if missing)."""
    if os.geteuid() != 0:
        state.mkdir(parents=True, exist_ok=True)
        return Account(state=state.resolve(), popen={}, owner=None)
    nobody = pwd.getpwnam("nobody")
    digest = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:10]
    _ROOT_STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    account = Account(
        state=_ROOT_STATE / digest,
        popen={"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"},
        owner=(nobody.pw_uid, nobody.pw_gid),
    )
    account.make_folder(account.state)
    (account.state / "belongs-to").write_text(f"{state.resolve()}\n")
    return account


def reachable_copy(package: Path, version: str) -> Path:
    """`package` where the servers' account can run it from: itself, or as root a copy below the state folder."""
    if os.geteuid() != 0:
        return package
    target = _ROOT_STATE / f"{package.name}-{version}" / package.name
    if not target.exists():
        partial = target.parent.with_name(f"{target.parent.name}.{os.getpid()}")
        shutil.copytree(package, partial / package.name)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name)
        try:
            partial.rename(target.parent)
        except OSError:  # another process was first
            shutil.rmtree(partial)
    return target


def remove_state(state: Path) -> None:
    """Deletes the data of `state`, wherever the account keeps it."""
    shutil.rmtree(account_for(state).state, ignore_errors=True)
