"""The blueprint that lists, editor and exchange share, so that one menu entry stands for all of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

# A document of 1 MiB, indented by hand and percent-encoded by the browser.
LARGEST_FORM_BYTES = 12 * 1024 * 1024

bp = Blueprint("builder", __name__, url_prefix="/builder")


@bp.url_value_preprocessor
def take_long_texts(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Runs before anything reads the form. Too long a document is then said so beside the text."""
    request.max_form_memory_size = LARGEST_FORM_BYTES
