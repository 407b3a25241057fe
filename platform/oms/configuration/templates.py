"""Industry templates: bundles of documents that a company may begin with, one JSON file each below `industries/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from kernel.db import json as exact_json
from kernel.errors import NotFound
from kernel.i18n import N_
from low_code.registry import Configuration, installed, split_address


class TemplateUnknown(NotFound):
    code = "template_unknown"
    message = N_("There is no template “{key}”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """name, description: by locale; documents: by address, all that the template needs"""

    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    documents: Mapping[str, Any]

    def said(self, locale: str) -> tuple[str, str]:
        """Name and description in `locale`, else in English."""
        return self.name.get(locale, self.name["en"]), self.description.get(locale, self.description["en"])

    def explain(self, where: str, locale: str) -> list[str]:
        """One of its documents in sentences."""
        kind, key = split_address(where)
        found = Configuration(installed(), self.documents)
        return installed().kinds[kind].explain(key, self.documents[where], found, locale)


@cache
def templates() -> Mapping[str, Template]:
    """All templates by key, sorted."""
    folder = resources.files("oms.configuration").joinpath("industries")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    found = {}
    for file in files:
        key = file.name.removesuffix(".json")
        found[key] = Template(key=key, **exact_json.loads(file.read_text("utf-8")))
    return found


def template(key: str) -> Template:
    """raises TemplateUnknown"""
    found = templates().get(key)
    if found is None:
        raise TemplateUnknown(key=key)
    return found
