"""Finds the kinds: every folder of a package that holds a `schema.json` is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from importlib import resources
from types import ModuleType
from typing import Any

import jsonschema_rs

from kernel.db import json as exact_json
from low_code import kinds
from low_code.registry.configuration import Configuration
from low_code.registry.kind import Body, Kind


def discover(*packages: ModuleType) -> Mapping[str, Kind]:
    """The kinds of this package and of those given, by name. A kind's name is its folder's."""
    found: dict[str, Kind] = {}
    for package in (kinds, *packages):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            name = module.name.rpartition(".")[2]
            if module.ispkg and resources.files(module.name).joinpath("schema.json").is_file():
                if name in found:
                    raise ValueError(f"two kinds are called {name}")
                found[name] = _load(name, module.name)
    return found


def _load(name: str, folder: str) -> Kind:
    def room(title: str) -> Any:
        return importlib.import_module(f"{folder}.{title}")

    schema = exact_json.loads(resources.files(folder).joinpath("schema.json").read_text("utf-8"))
    checks, compiles = room("check"), room("compile")
    return Kind(
        name=name,
        schema=schema,
        validator=jsonschema_rs.Draft202012Validator(schema),
        check=checks.check,
        compile=compiles.compile_document,
        explain=room("explain").explain,
        simulate=room("simulate").simulate,
        defaults=room("defaults").defaults,
        subject=getattr(checks, "subject", _registered_subject(name)),
        extend_subjects=getattr(compiles, "extend_subjects", None),
        named_expression=getattr(compiles, "named_expression", None),
        references=getattr(compiles, "references", None),
    )


def _registered_subject(name: str) -> Any:
    def subject(key: str, body: Body, configuration: Configuration) -> str | None:
        return configuration.registry.kind_subjects.get(name)

    return subject
