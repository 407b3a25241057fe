"""Writes of pages that may be sent twice: done once, and refused without a trace."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import psycopg
from flask import Response, flash, make_response, redirect
from sqlalchemy.exc import DBAPIError

from kernel.db import Work
from tenants.scope.open_work import sqlstate
from web.http.idempotency import idempotent
from web.http.work import current_work

_RETRYABLE = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_TRIES = 5


def run_once(use_case: Callable[[Work], tuple[str, str]]) -> Response:
    """Runs the use case once per `_once` field of the form, and leads to where it says.

    use_case  returns the sentence to say and the address to go to
    raises    what it raises, after everything is rolled back: the view then shows its form again
    """
    said: list[str] = []

    def view() -> Response:
        with current_work() as work:
            sentence, target = use_case(work)
        said[:] = [sentence]
        return make_response(redirect(target, 303))

    response = _with_retries(idempotent(view))
    for sentence in said:
        flash(sentence, "ok")
    return response


def _with_retries(view: Callable[[], Response]) -> Response:
    for attempt in range(1, _TRIES + 1):
        try:
            return view()
        except (psycopg.Error, DBAPIError) as error:
            if attempt == _TRIES or sqlstate(error) not in _RETRYABLE:
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  (jitter, not a secret)
    raise AssertionError("the loop returns or raises")
