"""Every table of the product, gathered for Alembic, Flask-SQLAlchemy and the architecture tests."""

from __future__ import annotations

import importlib
import pkgutil

import kernel
import low_code
import oms
import tenants
from kernel.db import Base


def _import_models() -> None:
    """Imports each module named `models` below the packages that own rows."""
    for package in (kernel, tenants, low_code, oms):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] == "models":
                importlib.import_module(module.name)


_import_models()
metadata = Base.metadata
