"""Every sentence that the product says has a Chinese one."""

from __future__ import annotations

import importlib
import io
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import connectors
import kernel
import low_code
import oms
import tenants
import web
from kernel.errors import DomainError
from kernel.i18n import CATALOGUES, catalogue

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("web", "tenants", "platform", "low_code", "connectors")
PACKAGES = ("web", "tenants", "kernel", "low_code", "oms", "connectors")
# Sentences that are the same in both languages.
SAME = {"Orderloom"}


def _said() -> Iterator[tuple[str, str]]:
    """(sentence, where it stands) of every `_("…")` and `N_("…")` in code and templates."""
    for source in SOURCES:
        found = extract_from_dir(
            str(ROOT / source),
            method_map=[("**.py", "python"), ("**.html", "jinja2")],
            options_map={"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}},
            keywords={"_": None, "N_": None},
            directory_filter=lambda folder: Path(folder).name not in {"static", "islands", "node_modules"},
        )
        for path, line, message, _comments, _context in found:
            sentence = message if isinstance(message, str) else message[0]
            yield sentence, f"{source}/{path}:{line}"


def _import_everything() -> None:
    """So that every expected failure is known."""
    for package in (kernel, tenants, low_code, oms, connectors, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _errors(kind: type[DomainError] = DomainError) -> Iterator[tuple[str, str]]:
    """(message, class) of every expected failure."""
    if kind.__module__.partition(".")[0] in PACKAGES:  # a test's own errors need no translation
        yield kind.message, kind.__name__
    for below in kind.__subclasses__():
        yield from _errors(below)


def test_every_sentence_has_a_chinese_one() -> None:
    _import_everything()
    chinese = catalogue("zh-CN")

    missing = {
        sentence: where
        for sentence, where in [*_said(), *_errors()]
        if sentence not in chinese and sentence not in SAME
    }

    assert not missing, "\n".join(f"{where}: {sentence!r}" for sentence, where in sorted(missing.items()))


def test_both_languages_have_the_same_holes() -> None:
    def holes(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    different = [english for english, chinese in catalogue("zh-CN").items() if holes(english) != holes(chinese)]

    assert not different, different


def test_no_sentence_is_translated_in_two_ways() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for path in sorted((CATALOGUES / "zh_CN").glob("*.po")):
        for message in read_po(io.BytesIO(path.read_bytes())):
            if isinstance(message.id, str) and message.id:
                said, where = seen.setdefault(message.id, (str(message.string), path.name))
                assert said == message.string, f"{message.id!r} stands otherwise in {where} than in {path.name}"
