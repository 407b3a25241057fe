"""Whom a step asks, and lengths of time, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.i18n import N_, translate
from low_code.expressions import Subject
from low_code.flows.business_time import Duration

WHO = {
    "role": N_("everybody with the role {name}"),
    "chain": N_("the submitter's managers, {levels} levels up"),
    "manager": N_("the submitter's manager, level {level}"),
    "submitter": N_("the submitter"),
    "field": N_("the person in {name}"),
    "department_head": N_("the head of the submitter's department, level {level}"),
    "head_of": N_("the head of the department {name}"),
    "table": N_("whom the table {key} names"),
}
UNTIL_ROLE = N_("the submitter's managers, up to the first with the role {until_role}")
UNTIL_LIMIT = N_("the submitter's managers, up to the first who may decide {amount} alone")
CHOICE = N_("whom the submitter chooses")
CHOICE_AMONG = N_("whom the submitter chooses among {people}")
WEEKS, DAYS, HOURS, MINUTES = N_("{n} weeks"), N_("{n} days"), N_("{n} hours"), N_("{n} minutes")


def people_words(who: Sequence[Mapping[str, Any]], subject: Subject, locale: str) -> str:
    return ", ".join(_one(entry, subject, locale) for entry in who)


def duration_words(text: str, locale: str) -> str:
    """`P1DT4H` as “1 days 4 hours”; the text itself where it is none."""
    duration = Duration.parse(text)
    if duration is None:
        return text
    minutes = int(duration.rest.total_seconds() // 60)
    parts = ((WEEKS, duration.weeks), (DAYS, duration.days), (HOURS, minutes // 60), (MINUTES, minutes % 60))
    return " ".join(translate(sentence, locale, {"n": count}) for sentence, count in parts if count)


def _one(entry: Mapping[str, Any], subject: Subject, locale: str) -> str:
    ((kind, value),) = entry.items()
    if kind == "users":
        return ", ".join(value)
    if kind == "submitter_choice":
        if "among" not in value:
            return translate(CHOICE, locale)
        return translate(CHOICE_AMONG, locale, {"people": people_words(value["among"], subject, locale)})
    if kind == "chain" and "until_role" in value:
        return translate(UNTIL_ROLE, locale, value)
    if kind == "chain" and "until_limit" in value:
        return translate(UNTIL_LIMIT, locale, {"amount": subject.label(value["until_limit"], locale)})
    facts = {"levels": 20, **value} if isinstance(value, Mapping) else {"name": value}
    if kind == "field":
        facts = {"name": subject.label(value, locale)}
    return translate(WHO[kind], locale, facts)
