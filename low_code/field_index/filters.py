"""Filters by custom fields as somebody asked for them, and as SQL over a table that has slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from kernel.db import Work
from kernel.db.json import dumps
from low_code.field_index.assign_slots import indexed_entities
from low_code.field_index.errors import FieldNotIndexed, FieldNotSearchable
from low_code.field_index.statistics import SELECTIVE, Statistic, read_statistic
from low_code.kinds.fields.definition import FieldDefinition
from low_code.kinds.fields.types import SLOT_KINDS, measured

Operator = Literal["eq", "min", "max", "contains"]
MANY = 2_000
# Words that more rows may hold than this are looked for along the list, newest first: fifty are soon found, whereas
# reading every row that the index names costs more with each. The index says how many, as far as this.
_STATE = """
SELECT f.key, f.slot, f.ready, s.sampled, s.filled, s.distinct_values, s.top, s.bounds{held}
FROM unnest(%(keys)s::text[]) AS k (key)
LEFT JOIN field_slots f ON f.tenant_id = %(tenant)s AND f.entity = %(entity)s AND f.key = k.key
LEFT JOIN field_statistics s ON s.tenant_id = %(tenant)s AND s.entity = %(entity)s AND s.key = k.key
"""
_HELD = """, (SELECT array_agg((SELECT count(*) FROM (
    SELECT {table}_with_words(wanted_grams(fold_text(w.words))) LIMIT %(many)s) x) ORDER BY w.place)
  FROM unnest(%(words)s::text[]) WITH ORDINALITY AS w (words, place)) AS held"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCondition:
    """field: that who asks may see whole; value: as the field keeps it, of `contains` the words as typed"""

    field: FieldDefinition
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSort:
    field: FieldDefinition
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFilter:
    """conditions are joined by AND. words: fields among which a search for words may look"""

    conditions: tuple[FieldCondition, ...] = ()
    sort: FieldSort | None = None
    words: tuple[FieldDefinition, ...] = ()

    @property
    def keys(self) -> list[str]:
        wanted = [one.field.key for one in self.conditions] + ([self.sort.field.key] if self.sort else [])
        return sorted({*wanted, *(one.key for one in self.words)})


@dataclass(frozen=True, slots=True)
class FieldSql:
    """conditions, params  to be joined by AND, over the alias that was asked for; the params of all parts
    selective           few rows pass: work them out first, behind a fence, whatever the planner believes
    sort                the column to sort by, or None; words: a condition on rows that hold the words, or ""
    along               `words` is over the list's own alias: many rows may hold them
    many                many rows may hold words that are looked for, so counting them all would take long
    """

    conditions: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    selective: bool = False
    sort: str | None = None
    words: str = ""
    along: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """slots: key -> column; building: keys whose column is not filled yet; words: keys that are searched as text
    common: words that more than MANY rows may hold"""

    slots: Mapping[str, str]
    building: frozenset[str]
    words: frozenset[str]
    statistics: Mapping[str, Statistic]
    common: frozenset[str]


def compile_filter(
    work: Work, entity: str, wanted: FieldFilter, *, alias: str, search: str = "", words_alias: str = ""
) -> FieldSql:
    """The filter as SQL. Asks the database once where the fields lie and what their values look like.

    search  words that `words` may hold; the SQL for them is apart (over `words_alias`, or `alias` where many rows may
            hold them), because whoever searches looks elsewhere too
    raises  FieldNotIndexed, FieldNotSearchable
    """
    if not wanted.keys:
        return FieldSql()
    table = indexed_entities()[entity]
    texts = [str(one.value) for one in wanted.conditions if one.operator == "contains"]
    state = _read_state(work, entity, table, wanted.keys, [*texts, *([search] if search and wanted.words else [])])
    compiler = _Compiler(table, alias, state)
    conditions = tuple(compiler.condition(one) for one in wanted.conditions)
    along = search in state.common
    over = alias if along else words_alias or alias
    return FieldSql(
        conditions=conditions,
        params=compiler.params,
        selective=any(compiler.is_selective(one) for one in wanted.conditions),
        sort=compiler.sort_column(wanted.sort) if wanted.sort else None,
        words=_Compiler(table, over, state, compiler.params).words(wanted.words, search) if search else "",
        along=along,
        many=bool(state.common),
    )


class _Compiler:
    def __init__(self, table: str, alias: str, state: _State, params: dict[str, Any] | None = None) -> None:
        self._table, self._alias, self._state = table, alias, state
        self.params: dict[str, Any] = {} if params is None else params

    def condition(self, wanted: FieldCondition) -> str:
        if wanted.operator == "contains":
            return self._contains(wanted)
        if wanted.operator == "eq":
            return self._equal(wanted)
        slot = self._state.slots.get(wanted.field.key)
        if slot is None:
            raise FieldNotIndexed(key=wanted.field.key)
        word, value = ">=" if wanted.operator == "min" else "<=", slot_value(wanted.field, wanted.value)
        exact = f"{self._exact(wanted.field)} {word} {self._param(value)}"
        if wanted.field.key in self._state.building:
            return exact
        near = float(value) if isinstance(value, Decimal) else value
        found = f"{self._alias}.{slot} {word} {self._param(near)}"
        return f"{found} AND {exact}" if isinstance(value, Decimal) else found

    def is_selective(self, wanted: FieldCondition) -> bool:
        """Without statistics it counts as selective: the worst case is then bounded by the tenant's own rows."""
        found = self._state.statistics.get(wanted.field.key)
        if wanted.operator == "contains":
            return str(wanted.value) not in self._state.common and wanted.field.key not in self._state.building
        if found is None:
            return True
        value = slot_value(wanted.field, wanted.value)
        if wanted.operator == "eq":
            values = value if isinstance(value, list) else [value]
            return any(found.share_equal(_as_text(one)) < SELECTIVE for one in values)
        least, most = (value, None) if wanted.operator == "min" else (None, value)
        return found.share_between(least, most) < SELECTIVE

    def sort_column(self, wanted: FieldSort) -> str:
        slot = self._state.slots.get(wanted.field.key)
        if slot is None or wanted.field.key in self._state.building:
            raise FieldNotIndexed(key=wanted.field.key)
        return f"{self._alias}.{slot}"

    def words(self, fields: Sequence[FieldDefinition], search: str) -> str:
        """Rows one of whose `fields` holds the text. Other fields may be among the same grams, so each is looked at."""
        ready = [one for one in fields if one.key in self._state.words and one.key not in self._state.building]
        if not ready:
            return ""
        each = " OR ".join(self._holds(one, search) for one in ready)
        return f"{self._with_words(search)} AND ({each})"

    def _equal(self, wanted: FieldCondition) -> str:
        slot, kept_as = self._state.slots.get(wanted.field.key), wanted.field.kept_as
        value = slot_value(wanted.field, wanted.value)
        if kept_as == "money":
            exact = f"{self._exact(wanted.field)} = {self._param(value)}"
        else:
            exact = self._holds_value(wanted)
        if slot is None or wanted.field.key in self._state.building:
            if kept_as == "money" or not self.is_selective(wanted):
                return exact
            return f"{self._alias}.id IN (SELECT * FROM {self._table}_with_value({self._document(wanted)}))"
        if isinstance(value, Decimal):
            return f"{self._alias}.{slot} = {self._param(float(value))} AND {exact}"
        found = f"{self._alias}.{slot} = {self._param(value)}"
        return f"{found} AND {exact}" if isinstance(value, str) and len(value) >= 200 else found

    def _holds_value(self, wanted: FieldCondition) -> str:
        return f"{self._alias}.custom @> {self._document(wanted)}"

    def _document(self, wanted: FieldCondition) -> str:
        return f"{self._param(dumps({wanted.field.key: wanted.value}))}::jsonb"

    def _exact(self, field: FieldDefinition) -> str:
        """The value itself, as numbers, moments or texts are ordered."""
        column, key = f"{self._alias}.custom", self._key(field)
        return {
            "money": f"(cf_money({column}, {key})).amount",
            "date": f"(cf_date({column}, {key})::timestamp AT TIME ZONE 'UTC')",
            "datetime": f"cf_instant({column}, {key})",
            "integer": f"cf_num({column}, {key})",
            "decimal": f"cf_num({column}, {key})",
            "percent": f"cf_num({column}, {key})",
        }.get(field.kept_as, f'(left({column} ->> {key}, 200) COLLATE "C")')

    def _contains(self, wanted: FieldCondition) -> str:
        key = wanted.field.key
        if key not in self._state.words:
            raise FieldNotSearchable(key=key)
        held = self._holds(wanted.field, str(wanted.value))
        if key in self._state.building:
            return held
        return f"{self._with_words(str(wanted.value))} AND {held}"

    def _with_words(self, text: str) -> str:
        """Rows one of whose searched fields holds the words."""
        if text in self._state.common:
            return f"strpos({self._alias}.custom_text, fold_text({self._param(text)}::text)) > 0"
        grams = f"wanted_grams(fold_text({self._param(text)}::text))"
        return f"{self._alias}.id IN (SELECT * FROM {self._table}_with_words({grams}))"

    def _holds(self, field: FieldDefinition, text: str) -> str:
        words = f"fold_text(words_of({self._alias}.custom -> {self._key(field)}))"
        return f"strpos({words}, fold_text({self._param(text)}::text)) > 0"

    def _key(self, field: FieldDefinition) -> str:
        return f"{self._param(field.key)}::text"

    def _param(self, value: Any) -> str:
        name = f"cf_{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"


def slot_value(field: FieldDefinition, value: Any) -> Any:
    """A kept value as its slot holds it."""
    kept_as = field.kept_as
    if kept_as == "bool":
        return "true" if value else "false"
    if kept_as == "date":
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    if SLOT_KINDS.get(kept_as) in ("n", "t"):
        return measured(kept_as, value)
    return value[:200] if isinstance(value, str) else value


def _as_text(value: Any) -> str:
    """As statistics name a value."""
    if isinstance(value, datetime):
        midnight = value.astimezone(UTC)
        return midnight.date().isoformat() if midnight.time() == time() else value.isoformat().replace("+00:00", "Z")
    return str(value)


def _read_state(work: Work, entity: str, table: str, keys: Sequence[str], texts: Sequence[str]) -> _State:
    parameters = {"tenant": work.tenant_id, "entity": entity, "keys": list(keys)}
    if texts:
        parameters |= {"words": list(texts), "many": MANY + 1}
    held = _HELD.format(table=table) if texts else ", NULL AS held"
    rows = work.rows(_STATE.format(held=held), parameters)
    slotted = [row for row in rows if row.slot is not None]
    return _State(
        slots={row.key: row.slot for row in slotted if row.slot != "words"},
        building=frozenset(row.key for row in slotted if not row.ready),
        words=frozenset(row.key for row in slotted if row.slot == "words"),
        statistics={row.key: read_statistic(row) for row in rows if row.sampled is not None},
        common=frozenset(text for text, count in zip(texts, rows[0].held or (), strict=True) if count > MANY)
        if texts
        else frozenset(),
    )
