"""`@idempotent`: a write that may be sent twice.

The key comes as header `Idempotency-Key` (API) or as form field `_once` (pages). Same key and body: the stored
answer, with `Idempotency-Replayed: true`. Another body: 422. Still running: 409 with Retry-After. An answer of 400
or more is rolled back and not stored, so that it can be mended and sent again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, current_app, request

from kernel.errors import Invalid
from kernel.idempotency.records import LONGEST_KEY, Claim, KeptAnswer, claim, keep
from web.http.principals import signed_in
from web.http.work import RolledBack, current_work

View = TypeVar("View", bound=Callable[..., Any])
HEADER = "Idempotency-Key"
FORM_FIELD = "_once"
_KEPT_HEADERS = ("Location", "ETag", "Content-Location")


class IdempotencyKeyMissing(Invalid):
    """The web says 400."""

    code = "idempotency_key_missing"
    message = "This write needs the header Idempotency-Key: any text of up to 255 characters, new for each write."


def idempotent(view: View) -> View:
    """Below `@requires`. The view joins the unit of work by `current_work()`; its answer is stored in the same
    transaction, so a crash leaves neither. Two SQL statements of its own.

    raises IdempotencyKeyMissing, KeyReused, StillRunning
    """

    @wraps(view)
    def answered_once(*args: Any, **kwargs: Any) -> Response:
        claimed = Claim(owner=signed_in().text_id, key=_key(), fingerprint=_fingerprint())
        with current_work() as work:
            kept = claim(work, claimed)
            if kept is not None:
                return _replay(kept)
            response: Response = current_app.make_response(view(*args, **kwargs))
            if response.status_code >= 400:
                raise RolledBack(response)
            keep(work, claimed, _to_keep(response))
        return response

    return cast(View, answered_once)


def _key() -> str:
    key = request.headers.get(HEADER, "").strip() or request.form.get(FORM_FIELD, "").strip()
    if not 0 < len(key) <= LONGEST_KEY:
        raise IdempotencyKeyMissing
    return key


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\0".encode())
    form = request.form.to_dict(flat=False)
    if form:  # a page's CSRF token may differ between two sends of one form
        form.pop("csrf_token", None)
        digest.update(repr(sorted(form.items())).encode())
    else:
        digest.update(request.get_data(cache=True))
    return digest.hexdigest()


def _to_keep(response: Response) -> KeptAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return KeptAnswer(
        status=response.status_code,
        body={"type": response.content_type, "text": response.get_data(as_text=True), "headers": headers},
    )


def _replay(kept: KeptAnswer) -> Response:
    response = Response(kept.body["text"], status=kept.status, content_type=kept.body["type"])
    response.headers.update(kept.body["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response
