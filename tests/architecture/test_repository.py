"""Promises of the repository as a whole."""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
import sys
from pathlib import Path

from kernel.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "web" / "static" / "vendor"


def test_the_standard_library_keeps_its_platform() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not (ROOT / "platform.py").exists()
    assert Path(platform.__file__).name == "platform.py"
    for command in ("import platform; print(platform.system())", "import runpy, platform; print(platform.system())"):
        done = subprocess.run(
            [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
        )
        assert done.stdout.strip() == platform.system()


def test_every_setting_is_documented() -> None:
    table = (ROOT / "web" / "README.md").read_text().partition("## Settings")[2]
    documented = {
        name: (default.strip("` "), help_text.strip())
        for name, default, help_text in re.findall(r"^\| `([A-Z_]+)` \|([^|]*)\|(.*)\|$", table, re.MULTILINE)
    }

    declared = {setting.name: (setting.default or "", setting.help) for setting in SETTINGS}
    assert documented == declared


def test_vendored_files_are_those_that_were_checked() -> None:
    listed = dict(reversed(line.split()) for line in (VENDOR / "CHECKSUMS").read_text().splitlines())

    assets = {path.name for path in VENDOR.iterdir() if path.suffix in {".js", ".css", ".svg"}}
    assert set(listed) == assets
    for name, checksum in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == checksum, name
        assert (VENDOR / f"{name}.gz").exists(), f"{name} has no compressed form"


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "tabler-icons.svg").read_text()))
    named: dict[str, str] = {}
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        for icon in re.findall(r'(?:ui\.icon|\bicon|icon_address)\("([a-z0-9-]+)"', path.read_text()):
            named[icon] = path.name

    assert not set(named) - sprite, {icon: named[icon] for icon in set(named) - sprite}


def test_templates_name_their_page() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "web" / "templates").rglob("*.html")
        if path.parent.name not in {"templates", "_macros"} and not path.read_text().startswith("{#")
    ]

    assert not silent, silent


def test_nothing_is_loaded_from_other_hosts_and_nothing_is_inline() -> None:
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        content = path.read_text()
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', content), path
        assert not re.search(r'<[a-z][^>{]*\s(?:on[a-z]+|style)="', content), path
