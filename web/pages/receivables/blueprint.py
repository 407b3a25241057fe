"""The blueprint that the modules of this package put their routes on."""

from __future__ import annotations

from flask import Blueprint

receivables = Blueprint("receivables", __name__, url_prefix="/receivables")
