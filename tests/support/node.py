"""The islands' sources, run by node as the browser would run them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ISLANDS = ROOT / "web" / "islands"
_OUT = ROOT / "var" / "test" / "islands"


@cache
def node_environment() -> dict[str, str]:
    """The environment in which node and the islands' packages are found, once `build.sh` has brought them."""
    with (_out() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of a test run would install into one folder
        subprocess.run([ISLANDS / "build.sh", "packages"], check=True, capture_output=True)
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    if not (ISLANDS / "node_modules" / ".lock").exists() or not shutil.which("node", path=path):
        pytest.skip("node or the packages of the islands could not be had; build.sh says why")
    return {**os.environ, "PATH": path}


def run_package(name: str, *arguments: str) -> str:
    """Output of a command that the islands' packages bring; fails with what it wrote."""
    return _run([str(ISLANDS / "node_modules" / ".bin" / name), *arguments])


def run_module(entry: str, function: str, given: str, *, mutant: tuple[str, str, str] | None = None) -> str:
    """What `function` of the module `<island>/<file>` answers to the text `given`.

    mutant  (file, what stands there, what is to stand there instead): a fault to be caught
    """
    with tempfile.TemporaryDirectory(dir=_out()) as folder:
        sources = Path(shutil.copytree(ISLANDS / Path(entry).parent, Path(folder) / "sources"))
        if mutant:
            name, before, after = mutant
            text = (sources / name).read_text()
            assert before in text, f"{name} no longer holds {before!r}"
            (sources / name).write_text(text.replace(before, after))
        bundle = Path(folder) / "bundle.mjs"
        run_package("rolldown", str(sources / Path(entry).name), "--format", "esm", "--file", str(bundle))
        program = (
            f"import({str(bundle)!r}).then((module) => {{ let text = ''; process.stdin.on('data', (part) => text += part)"
            f".on('end', () => process.stdout.write(module.{function}(text))); }})"
        )
        return _run(["node", "-e", program], given)


def _out() -> Path:
    _OUT.mkdir(parents=True, exist_ok=True)
    return _OUT


def _run(command: Sequence[str], given: str = "") -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=ISLANDS, env=node_environment(), check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
