"""A tenant's own fields in the API: filters of lists, and values as they are told outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import fields, pre_load, validate

from kernel.db import Work
from kernel.ids import to_text
from low_code.field_index.filters import FieldFilter
from oms.fields.asked_filters import PREFIX, read_filters
from oms.fields.judge_values import entity_fields
from web.api.spec import Page, RequestInvalid

_HELP = (
    "Own fields: `cf.<key>` equals, `cf.<key>.min` and `cf.<key>.max` for indexed fields, `cf.<key>.contains` for those"
    " that are searched as text. A field that the key's roles may not see whole is not known here."
)


class OwnFieldsQuery(Page):
    """A page of a list that own fields can filter; each filter is a parameter of its own."""

    cf = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(max=1_000)), load_default=dict,
        metadata={"description": _HELP},
    )  # fmt: skip

    @pre_load
    def gather(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        own = {name: data[name] for name in data if name.startswith(PREFIX)}
        rest = {name: data[name] for name in data if not name.startswith(PREFIX)}
        return {**rest, "cf": own} if own else rest


class SortedByOwnFieldsQuery(OwnFieldsQuery):
    sort = fields.String(
        load_default="",
        metadata={"description": "`cf.<key>` or `-cf.<key>`: by an indexed own field; rows without a value come last"},
    )


def own_filter(work: Work, entity: str, query: dict[str, Any]) -> FieldFilter:
    """Takes the filters out of the query. Raises RequestInvalid with all that cannot be asked."""
    found, problems = read_filters(work, entity, query.pop("cf"), query.pop("sort", ""))
    if problems:
        raise RequestInvalid(problems=problems)
    return found


def outside(work: Work, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Kept values as the API gives them: users by their ids, `usr_…`."""
    fields = entity_fields(work, entity) if values else None
    users = {key for key, one in fields.fields.items() if one.kept_as == "user"} if fields else set()
    return {key: _user(value) if key in users else value for key, value in values.items()}


def _user(value: Any) -> Any:
    try:
        return to_text("usr", UUID(value))
    except (TypeError, ValueError):  # masked, or what came in before the field was one of users
        return value
