"""Where a subject's fields lie in the database. Code writes these texts; no tenant ever does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from low_code.expressions.types import Type


@dataclass(frozen=True, slots=True)
class Column:
    """A field that lies in a column, or in an expression over columns.

    sql       `p.weight`. A number as any exact numeric type, a text as text (`p.sender_id::text`), a
              duration as an interval without months, a list as text[] without nulls, no NaN, no infinity
    currency  for money: the SQL of its currency
    """

    sql: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class JsonKey:
    """A field that lies under one key of a jsonb column: `p.custom`, `priority`."""

    column: str
    key: str


Place = Column | JsonKey


@dataclass(frozen=True, slots=True)
class RowsBinding:
    """Where child rows lie.

    source   what follows FROM: `items i`
    where    what ties a row to the subject around it: `i.tenant_id = p.tenant_id AND i.parcel_id = p.id`
    columns  path within a row -> where it lies
    json     prefix within a row -> jsonb column: {"cf": "i.custom"} reads `cf.colour` there
    """

    source: str
    where: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    json: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SqlBinding:
    """Where everything lies that the expressions of a subject may read.

    columns     path -> where it lies
    json        prefix -> jsonb column: {"parcel.cf": "p.custom"}; so a tenant's fields need no entry, nor do the parts
                of an address below one, nor the rows of a sub-table
    rows        path of the rows -> where they lie
    now, today  SQL of the moment; the usual placeholders are filled from Environment.params()
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    json: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, RowsBinding] = field(default_factory=dict)
    now: str = "%(now)s::timestamptz"
    today: str = "%(today)s::date"

    def place(self, path: str, rows: str) -> Place:
        """Where the field at the full `path` lies; `rows` is the path of its rows, "" for none.

        raises  LookupError where nothing is bound: the binding forgot a field that the subject has
        """
        holder: SqlBinding | RowsBinding = self
        if rows:
            holder, path = self.rows_binding(rows), path[len(rows) + 1 :]
        column = holder.columns.get(path)
        if column is not None:
            return column
        prefix, _, key = path.rpartition(".")
        if prefix in holder.json:
            return JsonKey(holder.json[prefix], key)
        outer, _, part = prefix.rpartition(".")
        if part and outer in holder.json:
            return JsonKey(f"({holder.json[outer]} -> '{part}')", key)
        raise LookupError(f"no SQL is bound for {path}")

    def rows_binding(self, path: str) -> RowsBinding:
        """Where the rows at `path` lie: as the domain says, or as a list under one key of a jsonb column.

        raises  LookupError where nothing is bound
        """
        bound = self.rows.get(path)
        if bound is not None:
            return bound
        prefix, _, key = path.rpartition(".")
        if prefix not in self.json:
            raise LookupError(f"no SQL is bound for {path}")
        kept = f"{self.json[prefix]} -> '{key}'"
        listed = f"CASE WHEN jsonb_typeof({kept}) = 'array' THEN {kept} ELSE '[]' END"
        return RowsBinding(source=f"jsonb_array_elements({listed}) AS cf_row (v)", where="true", json={"": "cf_row.v"})


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL for psycopg: named placeholders and what fills them.

    text    parenthesised where it needs to be; a condition is true or not (it may be null), so it stands in
            WHERE as it is, and as a value behind IS TRUE. Money is an `ox_money`: `(text).amount`
    params  without those of the moment; add Environment.params() where the expression reads the clock
    """

    text: str
    params: Mapping[str, object]
    type: Type
