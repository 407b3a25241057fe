"""Decision tables: rules as rows of data, checked before they run, in Python and in SQL."""

from low_code.rules.check import TableCheck, check_table
from low_code.rules.model import Hit, OnNone, Table
from low_code.rules.table import CompiledTable, TableResult, compile_table
from low_code.rules.table_sql import TableSql, table_sql

__all__ = [
    "CompiledTable",
    "Hit",
    "OnNone",
    "Table",
    "TableCheck",
    "TableResult",
    "TableSql",
    "check_table",
    "compile_table",
    "table_sql",
]
