"""Own fields as filters of a list: inputs, chips, and what the database is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.i18n import _, current_locale
from low_code.field_index.filters import FieldFilter
from low_code.kinds.fields.definition import FieldDefinition
from oms.fields.asked_filters import may_filter, may_range, read_filters
from oms.fields.judge_values import entity_fields
from tenants.access.queries import name_in
from web.http.forms import Form
from web.http.problems import said
from web.pages.own_fields.shown import NO, YES, label_of

_LONGEST = 1_000


@dataclass(slots=True, kw_only=True)
class OwnFilters:
    """form: the filters as typed, each fault beside its input; filter: what the database is asked"""

    form: Form
    fields: list[FilterInput]
    filter: FieldFilter

    @property
    def state(self) -> dict[str, str]:
        """What the address carries of them."""
        return {one.name: value for one in self.fields if (value := self.form.value(one.name))}

    def chips(self, url: Callable[[Mapping[str, Any]], str]) -> list[tuple[str, str]]:
        """(sentence, address without it) of each filter that is set. url: address of the list with filters"""
        found = []
        for one in self.fields:
            if value := self.form.value(one.name):
                said_so = _("{name}: {value}", name=one.label, value=dict(one.options).get(value, value))
                found.append((said_so, url({name: kept for name, kept in self.state.items() if name != one.name})))
        return found


def read_own_filters(work: Work, entity: str, arguments: Mapping[str, str]) -> OwnFilters:
    """What has a fault does not filter."""
    fields = filter_inputs(work, entity)
    form = Form.of(**{one.name: arguments.get(one.name, "").strip()[:_LONGEST] for one in fields})
    found, problems = read_filters(work, entity, {one.name: form.value(one.name) for one in fields})
    for problem in problems:
        form.errors.setdefault(problem.pointer.lstrip("/"), said(problem.message, problem.facts))
    return OwnFilters(form=form, fields=fields, filter=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterInput:
    """One input of the filter panel. name: of the address; options: (value, label) each, [] for free text"""

    name: str
    label: str
    type: str
    options: Sequence[tuple[str, str]] = ()


def filter_inputs(work: Work, entity: str) -> list[FilterInput]:
    """What the reader may filter by: values, from and to of indexed numbers and days, words of searched texts."""
    fields = entity_fields(work, entity)
    return [
        made
        for field in (fields.fields.values() if fields else ())
        if may_filter(field, work.actor.roles)
        for made in _inputs(field)
    ]


def sort_options(work: Work, entity: str) -> list[tuple[str, str]]:
    """(value of `sort`, label) of each order that the list can have by indexed fields."""
    fields = entity_fields(work, entity)
    found = []
    for field in fields.fields.values() if fields else ():
        if field.slot and may_filter(field, work.actor.roles):
            label = label_of(field)
            found += [(f"cf.{field.key}", _("{name}, lowest first", name=label))]
            found += [(f"-cf.{field.key}", _("{name}, highest first", name=label))]
    return found


def _inputs(field: FieldDefinition) -> Iterator[FilterInput]:
    name, label = f"cf.{field.key}", label_of(field)
    kind = "date" if field.kept_as in ("date", "datetime") else "text"
    if may_range(field):
        yield FilterInput(name=f"{name}.min", label=_("{name} from", name=label), type=kind)
        yield FilterInput(name=f"{name}.max", label=_("{name} up to", name=label), type=kind)
    elif field.search == "text":
        yield FilterInput(name=f"{name}.contains", label=_("{name} contains", name=label), type="text")
    elif field.kept_as == "bool":
        yield FilterInput(name=name, label=label, type="text", options=[("true", _(YES)), ("false", _(NO))])
    elif field.options:
        options = [(key, name_in(labels, current_locale()) or key) for key, labels in field.option_labels.items()]
        yield FilterInput(name=name, label=label, type="text", options=options)
    elif field.kept_as != "datetime":
        yield FilterInput(name=name, label=label, type=kind)
