"""`orderloom` as somebody types it: a company from a template, its configuration in a folder and back, a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.ids import new_id
from tests.support.database import Servers

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def orderloom(servers: Servers, database: str) -> Run:
    environment = {
        **os.environ,
        "DATABASE_URL": servers.database("app", database),
        "DATABASE_SYSTEM_URL": servers.database("system", database),
        "REDIS_URL": servers.redis,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "web.cli", *arguments], capture_output=True, text=True, env=environment, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_company_from_a_template_keeps_its_configuration_in_a_folder(orderloom: Run, tmp_path: Path) -> None:
    slug, folder = f"shop-{new_id().hex[-8:]}", tmp_path / "config"
    made = orderloom(
        "tenant", "create", "--slug", slug, "--name", "Shop", "--admin-email", f"a@{slug}.example", "--template", "wholesaler"
    )  # fmt: skip
    assert made[0] == 0 and f"{slug} is ready" in made[1], made
    at = ("--tenant", slug, "--dir", str(folder))

    assert orderloom("config", "pull", *at)[0] == 0
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    assert orderloom("config", "diff", *at) == (0, "no differences\n")

    numbering = folder / "numbering" / "standard.json"
    body = json.loads(numbering.read_text())
    numbering.write_text(json.dumps({**body, "pattern": "X-{yyyy}{mm}-{seq:6}"}))
    status, said = orderloom("config", "diff", *at)
    assert status == 1 and "X-{yyyy}{mm}-{seq:6}" in said
    pushed = orderloom("config", "push", *at)
    assert pushed[0] == 0, pushed
    assert orderloom("config", "diff", *at)[0] == 0

    numbering.write_bytes(before[numbering])
    assert orderloom("config", "push", *at)[0] == 0
    assert orderloom("config", "pull", *at)[0] == 0
    assert {path: path.read_bytes() for path in folder.rglob("*.json")} == before


def test_what_is_wrong_on_the_command_line_is_said(orderloom: Run) -> None:
    status, said = orderloom(
        "tenant", "create", "--slug", "pirates", "--name", "P", "--admin-email", "a@p.example", "--template", "pirate"
    )  # fmt: skip
    assert status != 0 and "There is no template “pirate”." in said and "Traceback" not in said

    status, said = orderloom("config", "diff", "--tenant", "nobody-here", "--dir", "/nowhere")
    assert status != 0 and "Traceback" not in said


def test_a_sandbox_is_made_for_somebody_of_the_company(orderloom: Run) -> None:
    slug = f"shop-{new_id().hex[-8:]}"
    admin = f"a@{slug}.example"
    assert orderloom("tenant", "create", "--slug", slug, "--name", "Shop", "--admin-email", admin)[0] == 0

    status, said = orderloom("tenant", "sandbox", "--tenant", slug, "--admin-email", admin)
    assert status == 0 and slug in said

    status, said = orderloom("tenant", "sandbox", "--tenant", slug, "--admin-email", "stranger@example.com")
    assert status != 0 and "Traceback" not in said
