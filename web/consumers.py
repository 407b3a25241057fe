"""Every consumer and periodic task of the product, gathered for worker, relay and scheduler."""

from __future__ import annotations

import importlib
import pkgutil

import low_code
import oms
from oms.configuration import install_domain


def register() -> None:
    """Installs the domain and imports each of its modules named `jobs`; importing one declares what it holds."""
    install_domain()
    for package in (low_code, oms):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] == "jobs":
                importlib.import_module(module.name)
