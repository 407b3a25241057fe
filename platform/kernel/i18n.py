"""What the product says, in the reader's language.

English sentences are the keys. Chinese stands in the `*.po` files of `web/translations/zh_CN/`, one per
area, read at first use: no compile step that a fresh clone could miss, and workers that know no Flask can
translate too. `N_` marks a sentence that is said later. English itself has `en/one.po`: sentences that count things,
as they read for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCALES = ("zh-CN", "en")
DEFAULT_LOCALE = "en"
CATALOGUES = Path(__file__).resolve().parents[2] / "web" / "translations"
if not CATALOGUES.is_dir():  # an installed wheel: `web` lies beside `kernel`
    CATALOGUES = Path(__file__).resolve().parents[1] / "web" / "translations"

_COUNTED = re.compile(r"\{(count|units|rows|days)\}")

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


def N_(message: str) -> str:
    """Marks `message` for translation and returns it as it is."""
    return message


def current_locale() -> str:
    return _locale.get()


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Within, `_` answers in `locale` (one of LOCALES; anything else is English)."""
    token = _locale.set(locale if locale in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """English sentence -> sentence in `locale`, over all areas. In English: what it says of one."""
    sentences: dict[str, str] = {}
    for path in sorted((CATALOGUES / locale.replace("-", "_")).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string:
                    sentences[message.id] = message.string
    return sentences


def translate(message: str, locale: str, facts: Mapping[str, Any] | None = None) -> str:
    """`message` in `locale`, its `{holes}` filled from `facts`. An unknown sentence stays English, which says another
    sentence where its first number is one ("1 order")."""
    own = None if locale == DEFAULT_LOCALE and not _says_one(message, facts) else catalogue(locale).get(message)
    sentence = own or message
    if not facts:
        return sentence
    try:
        return sentence.format(**facts)
    except (KeyError, IndexError, ValueError):
        return sentence


def _says_one(message: str, facts: Mapping[str, Any] | None) -> bool:
    """Whether the first of the holes that count is filled with 1, as a number or as written."""
    counted = _COUNTED.search(message) if facts else None
    value = facts.get(counted[1]) if facts and counted else None
    return value == 1 or value == "1"


def _(message: str, **facts: Any) -> str:
    """`message` in the language of the current context."""
    return translate(message, _locale.get(), facts)
