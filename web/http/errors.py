"""Every failure becomes an answer here: a page in the reader's language, a message for htmx, a problem for the API."""

from __future__ import annotations

import psycopg
import structlog
from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException, TooManyRequests

from kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from kernel.i18n import N_
from web.http.problems import Trouble, is_api_request, problem_response, said
from web.http.request_ids import request_id
from web.http.work import RolledBack

log = structlog.get_logger("web")

# What a kind of domain error answers, unless its code says else.
_STATUS_OF_KIND = ((Invalid, 422), (Forbidden, 403), (NotFound, 404), (Conflict, 409), (Unavailable, 503))
_STATUS_OF_CODE = {"api_key_refused": 401, "idempotency_key_missing": 400, "rate_limited": 429}

_TITLES = {
    400: N_("This request cannot be understood"),
    401: N_("Sign in first"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    405: N_("This cannot be done here"),
    409: N_("Something has changed"),
    413: N_("This is too large"),
    415: N_("This format is not accepted"),
    422: N_("Something is not right yet"),
    429: N_("Too fast"),
    500: N_("Something went wrong on our side"),
    503: N_("Not available right now"),
}
_WHAT = {
    400: N_("The page was open for a long time, or the form was incomplete."),
    403: N_("Your role does not allow this. Ask an administrator if you need it."),
    404: N_("The address is wrong, or what was here has been removed, or it belongs to somebody else."),
    405: N_("This address does not take this kind of request."),
    409: N_("This no longer fits what is there now."),
    413: N_("What was sent is larger than what is accepted here."),
    429: N_("There were too many requests in a short time."),
    500: N_("The error has been logged. Nothing was changed."),
    503: N_("This cannot be done right now; the same request may pass later."),
}
_NEXT = {
    400: N_("Go back, reload the page and try again."),
    403: N_("Go back, or sign in as somebody else."),
    404: N_("Check the address, or start from the first page."),
    405: N_("Go back and use the buttons of the page."),
    409: N_("Go back, reload the page and look at what is there now."),
    413: N_("Send a smaller file."),
    429: N_("Wait a minute and try again."),
    500: N_("Try again. If it happens again, tell support this number:"),
    503: N_("Wait a moment and reload the page."),
}
_SECONDS_UNTIL_RETRY = {409: 1, 429: 60, 503: 5}


def status_of(error: DomainError) -> int:
    by_code = _STATUS_OF_CODE.get(error.code)
    return by_code or next((status for kind, status in _STATUS_OF_KIND if isinstance(error, kind)), 422)


def init_errors(app: Flask) -> None:
    app.register_error_handler(RolledBack, lambda error: error.response)
    app.register_error_handler(DomainError, _on_domain_error)
    app.register_error_handler(CSRFError, _on_csrf_error)
    app.register_error_handler(HTTPException, _on_http_error)
    for unreachable in (OperationalError, NoConnectionLeft, psycopg.OperationalError):
        app.register_error_handler(unreachable, _on_database_away)
    app.register_error_handler(Exception, _on_bug)


def trouble_of(error: DomainError) -> Trouble:
    """The error in the reader's language."""
    status = status_of(error)
    return Trouble(
        status=status,
        code=error.code,
        title=said(_TITLES.get(status, _TITLES[422])),
        what=said(error.message, error.facts),
        next_step=said(_NEXT.get(status, "")),
        errors=tuple((each.pointer, each.code, said(each.message, each.facts)) for each in error.problems),
        facts=error.facts,
    )


def _on_domain_error(error: DomainError) -> ResponseReturnValue:
    response = answer(trouble_of(error))
    if error.code in {"idempotency_running", "rate_limited"}:
        response.headers["Retry-After"] = str(error.facts.get("seconds", 1))
    return response


def _on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    return answer(_plain(400, "form_expired"))


def _on_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:  # a redirect
        return error
    response = answer(_plain(error.code, error.name.lower().replace(" ", "_")))
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(_SECONDS_UNTIL_RETRY[429])
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name.lower() not in {"content-type", "retry-after"}
    )
    return response


def _on_database_away(error: Exception) -> ResponseReturnValue:
    log.error("database_away", reason=str(error))
    response = answer(_plain(503, Unavailable.code))
    response.headers["Retry-After"] = str(_SECONDS_UNTIL_RETRY[503])
    return response


def _is_no_text(error: Exception) -> bool:
    """Whether somebody sent NUL or half a character where the database was asked for a text: it has neither, so
    nothing can be called that, whichever address or field it came in."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, UnicodeEncodeError):
        return cause.reason == "surrogates not allowed"
    return isinstance(cause, psycopg.DataError) and "NUL (0x00)" in str(cause)


def _on_bug(error: Exception) -> ResponseReturnValue:
    if _is_no_text(error):
        return answer(_plain(400, "bad_text"))
    log.error("request_failed", exc_info=error)
    try:
        return answer(_plain(500, "internal_error"))
    except Exception as second:  # the error page itself is broken; whoever reads it still gets the number
        log.error("error_page_failed", exc_info=second)
        text = f"{_TITLES[500]}. {_WHAT[500]} {_NEXT[500]} {request_id()}"
        return Response(text, status=500, content_type="text/plain; charset=utf-8")


def _plain(status: int, code: str) -> Trouble:
    return Trouble(
        status=status,
        code=code,
        title=said(_TITLES.get(status, _TITLES[400])),
        what=said(_WHAT.get(status, "")),
        next_step=said(_NEXT.get(status, "")),
    )


def answer(trouble: Trouble) -> Response:
    """The trouble in the form that the asker can read."""
    if is_api_request():
        response = problem_response(trouble)
    elif request.headers.get("HX-Request"):
        response = make_response(
            render_template("errors/_toast.html", trouble=trouble, request_id=request_id()), trouble.status
        )
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#toasts", "beforeend"
    else:
        response = make_response(
            render_template("errors/page.html", trouble=trouble, request_id=request_id()), trouble.status
        )
    if trouble.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
