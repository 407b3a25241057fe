"""The blueprint that all review pages join."""

from __future__ import annotations

from flask import Blueprint

review = Blueprint("review", __name__, url_prefix="/review")
