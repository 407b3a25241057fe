"""The web application's fixtures, for attacks by HTTP."""

from tests.web.conftest import app, company, make_app, rival, web_config

__all__ = ["app", "company", "make_app", "rival", "web_config"]
