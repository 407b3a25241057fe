"""A flow in words, one line a step; steps within a branch are indented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.i18n import N_, translate
from low_code.expressions import Subject
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

NEEDED = N_("Needed if {condition}.")
MODES = {
    "any": N_("{people}: one of them approves"),
    "all": N_("{people}: all of them approve"),
    "sequential": N_("{people}: each approves in turn"),
}
COPIED = N_("{people}: get a copy")
TOLD = N_("{people}: are told")
IF, OTHERWISE = N_("If {condition}:"), N_("Otherwise:")
GOES_ON = N_("it goes on")
WHO = {
    "role": N_("everybody with the role {name}"),
    "chain": N_("the submitter's managers, {levels} levels up"),
    "manager": N_("the submitter's manager, level {level}"),
    "submitter": N_("the submitter"),
    "field": N_("the person in {name}"),
}


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    subject = configuration.subject(body["subject"]["of"])
    said = []
    if "when" in body.get("trigger", {}):
        condition = expression_sentence(body["trigger"]["when"], subject, locale)
        said.append(translate(NEEDED, locale, {"condition": condition}))
    return said + _steps(body["steps"], subject, locale, "")


def _steps(steps: Sequence[Mapping[str, Any]], subject: Subject, locale: str, indent: str) -> list[str]:
    said: list[str] = []
    for step in steps:
        if step["type"] == "branch":
            for case in step["cases"]:
                said.append(indent + _case(case, subject, locale))
                inner = _steps(case["steps"], subject, locale, f"{indent}  ")
                said += inner or [f"{indent}  {translate(GOES_ON, locale)}"]
            continue
        sentence = {"cc": COPIED, "notify": TOLD}.get(step["type"]) or MODES[step.get("mode", "any")]
        people = ", ".join(_who(entry, subject, locale) for entry in step["who"])
        said.append(indent + translate(sentence, locale, {"people": people}))
    return said


def _case(case: Mapping[str, Any], subject: Subject, locale: str) -> str:
    if case.get("else"):
        return translate(OTHERWISE, locale)
    return translate(IF, locale, {"condition": expression_sentence(case["when"], subject, locale)})


def _who(entry: Mapping[str, Any], subject: Subject, locale: str) -> str:
    ((kind, value),) = entry.items()
    if kind == "users":
        return ", ".join(value)
    facts = dict(value) if isinstance(value, Mapping) else {"name": value}
    if kind == "field":
        facts = {"name": subject.label(value, locale)}
    return translate(WHO[kind], locale, facts)
