"""The typed expression language: one checked form, read by Python, by PostgreSQL and by people."""

from low_code.expressions.browser import browser_form, browser_value
from low_code.expressions.canonical import canonical, content_hash
from low_code.expressions.check import LANGUAGE, Checked, CheckResult, check, reads, reads_clock, uses
from low_code.expressions.closure import Evaluate, compile_closure, compile_value
from low_code.expressions.environment import Environment
from low_code.expressions.explain import explain, explainer
from low_code.expressions.parse import load_document
from low_code.expressions.sentence import sentence
from low_code.expressions.sql import compile_sql
from low_code.expressions.sql_binding import Column, JsonKey, RowsBinding, Sql, SqlBinding
from low_code.expressions.sql_functions import FUNCTIONS_SQL
from low_code.expressions.subjects import FieldSpec, Subject
from low_code.expressions.types import (
    BOOL,
    DATE,
    DATETIME,
    DURATION,
    MONEY,
    NUMBER,
    ROWS,
    STRING,
    Kind,
    Type,
    list_of,
    option_of,
    ref_to,
)

__all__ = [
    "BOOL",
    "DATE",
    "DATETIME",
    "DURATION",
    "FUNCTIONS_SQL",
    "LANGUAGE",
    "MONEY",
    "NUMBER",
    "ROWS",
    "STRING",
    "CheckResult",
    "Checked",
    "Column",
    "Environment",
    "Evaluate",
    "FieldSpec",
    "JsonKey",
    "Kind",
    "RowsBinding",
    "Sql",
    "SqlBinding",
    "Subject",
    "Type",
    "browser_form",
    "browser_value",
    "canonical",
    "check",
    "compile_closure",
    "compile_sql",
    "compile_value",
    "content_hash",
    "explain",
    "explainer",
    "list_of",
    "load_document",
    "option_of",
    "reads",
    "reads_clock",
    "ref_to",
    "sentence",
    "uses",
]
