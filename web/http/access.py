"""Who may come in. Every route says it: `@requires(Permission.X)`, `@signed_in_only` or `@public`.

A route that says nothing is not served (and an architecture test names it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from tenants.access.errors import PermissionMissing
from tenants.access.permissions import Permission
from web.http.api_auth import answer_for_key
from web.http.principals import current_principal
from web.http.problems import is_api_request

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "__access__"


@dataclass(frozen=True, slots=True)
class Access:
    """permissions  all of them are needed
    public       nobody has to sign in
    """

    permissions: frozenset[Permission] = frozenset()
    public: bool = False


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Only for who has all the permissions.

    On a page, a visitor is led to the sign-in page and back. On an API route the bearer key is checked, and the view
    runs inside the request's unit of work. Who lacks a permission gets 403.
    """
    assert permissions, "a route without permission is @signed_in_only or @public, and says so"
    return _guard(Access(permissions=frozenset(permissions)))


def signed_in_only(view: View) -> View:
    """For everybody who is signed in, or has a key: what belongs to oneself."""
    return _guard(Access())(view)


def public(view: View) -> View:
    """For everybody."""
    setattr(view, _ATTRIBUTE, Access(public=True))
    return view


def access_of(view: Callable[..., Any], method: str = "GET") -> Access | None:
    """What the view says about who may come in; of a class-based view, what its method says."""
    view_class = getattr(view, "view_class", None)
    if view_class is not None and not hasattr(view, _ATTRIBUTE):
        view = getattr(view_class, method.lower(), view)
    return getattr(view, _ATTRIBUTE, None)


def check_declared() -> None:
    """Before each request: a route that does not say who may come in is closed."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method
    assert access_of(view, method) is not None, f"{request.endpoint} does not say who may come in"


def _guard(access: Access) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if is_api_request():
                return answer_for_key(lambda: view(*args, **kwargs), access.permissions)
            principal = current_principal()
            if principal is None:
                return to_sign_in()
            check_permissions(access.permissions, principal.permissions)
            return cast(ResponseReturnValue, view(*args, **kwargs))

        setattr(guarded, _ATTRIBUTE, access)
        return cast(View, guarded)

    return decorate


def check_permissions(needed: frozenset[Permission], held: frozenset[str]) -> None:
    """raises PermissionMissing"""
    missing = needed - held
    if missing:
        raise PermissionMissing(permissions=sorted(missing))


def to_sign_in() -> ResponseReturnValue:
    """To the sign-in page, and after it back here. A write cannot be repeated, so it leads to the page before it."""
    session.pop("_flashes", None)
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    target = url_for("sign_in.form", next=request.script_root + back if back not in {"", "/"} else None)
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return redirect(target)


def safe_next(target: str | None) -> str | None:
    """`target` where it is a path of this tenant's own pages, else None: nobody is led to another site."""
    if not target or not target.startswith(request.script_root + "/"):
        return None
    if target.startswith("//") or "\\" in target or any(ord(character) < 32 for character in target):
        return None
    return target
