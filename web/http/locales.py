"""In which language a request is answered: the user's own, else what this browser chose, else what it asks for."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, g, request, session

from kernel.i18n import DEFAULT_LOCALE, LOCALES, speaking
from web.http.principals import Principal
from web.http.problems import is_api_request

_SESSION_KEY = "locale"
NAMES = {"zh-CN": "中文", "en": "English"}


def init_locales(app: Flask) -> None:
    @app.before_request
    def speak() -> None:
        use_locale(_asked_for())

    @app.teardown_request
    def fall_silent(_: BaseException | None) -> None:
        stack: ExitStack | None = g.pop("locale_stack", None)
        if stack is not None:
            stack.close()


def use_locale(locale: str) -> None:
    """From here on this request is answered in `locale`."""
    stack: ExitStack | None = g.get("locale_stack")
    if stack is None:
        stack = g.locale_stack = ExitStack()
    stack.enter_context(speaking(locale))


def use_locale_of(principal: Principal) -> None:
    """A user's own language holds, unless this browser just chose another one."""
    if principal.user is not None and _SESSION_KEY not in session:
        use_locale(principal.user.locale)


def remember_locale(locale: str) -> None:
    """What a visitor chose; kept in his session until he signs in."""
    session[_SESSION_KEY] = locale
    use_locale(locale)


def forget_locale() -> None:
    """From sign-in on, the user's own language holds."""
    session.pop(_SESSION_KEY, None)


def chosen_locale() -> str | None:
    found = session.get(_SESSION_KEY)
    return found if found in LOCALES else None


def _asked_for() -> str:
    if not is_api_request():
        chosen = chosen_locale()
        if chosen:
            return chosen
    for wanted in request.accept_languages.values():
        if wanted.lower().startswith("zh"):
            return "zh-CN"
        if wanted.lower().startswith("en"):
            return "en"
    return DEFAULT_LOCALE
