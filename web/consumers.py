"""Every consumer and periodic task of the product, gathered for worker, relay and scheduler."""

from __future__ import annotations

import importlib
import pkgutil

import oms


def register() -> None:
    """Imports each module named `jobs` below the domain; importing one declares what it holds."""
    for module in pkgutil.walk_packages(oms.__path__, "oms."):
        if module.name.rpartition(".")[2] == "jobs":
            importlib.import_module(module.name)
