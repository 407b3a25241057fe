"""A flow in words, one line a step; steps within a branch are indented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_, translate
from low_code.expressions import Subject
from low_code.kinds.approval_flow.explain_people import duration_words, people_words
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

NEEDED = N_("Needed if {condition}.")
MODES = {
    "any": N_("{people}: one of them approves"),
    "all": N_("{people}: all of them approve"),
    "sequential": N_("{people}: each approves in turn"),
}
HANDLED = {
    "any": N_("{people}: one of them does this and says so"),
    "all": N_("{people}: all of them do this and say so"),
    "sequential": N_("{people}: each does this in turn and says so"),
}
QUORUM_COUNT = N_("{people}: {count} of them approve")
QUORUM_PERCENT = N_("{people}: {percent} % of the votes approve")
QUORUM_WEIGHT = N_("{people}: votes that weigh {weight} together approve")
COPIED = N_("{people}: get a copy")
TOLD = N_("{people}: are told")
IF, OTHERWISE = N_("If {condition}:"), N_("Otherwise:")
GOES_ON = N_("it goes on")
PARALLEL_ALL = N_("At the same time; it goes on when all branches are through:")
PARALLEL_ANY = N_("At the same time; it goes on when the first branch is through:")
BRANCH = N_("Branch {name}:")
AUTO = {
    ("approve", "reject"): N_("By itself: goes on if {condition}, else it is rejected"),
    ("reject", "approve"): N_("By itself: is rejected if {condition}, else it goes on"),
    ("approve", "approve"): N_("By itself: goes on"),
    ("reject", "reject"): N_("By itself: is rejected"),
}
WAIT_WORKING = N_("Waits for {time} of working time")
WAIT = N_("Waits for {time}")
WAIT_UNTIL = N_("Waits until {field}")
CALL = N_("Goes through the flow “{flow}”, if that one applies")
DUE_WORKING = N_("within {time} of working time, else {then}")
DUE = N_("within {time}, else {then}")
TIMEOUT = {
    "approve": N_("it counts as approved"),
    "reject": N_("it counts as rejected"),
    "remind": N_("a reminder goes out"),
    "escalate": N_("it is passed up"),
}
WITH = N_("{step}; {more}")


@dataclass(frozen=True, slots=True)
class _Words:
    subject: Subject
    configuration: Configuration
    locale: str

    def say(self, sentence: str, **facts: Any) -> str:
        return translate(sentence, self.locale, facts)

    def people(self, step: Mapping[str, Any]) -> str:
        return people_words(step["who"], self.subject, self.locale)

    def condition(self, expression: Any) -> str:
        return expression_sentence(expression, self.subject, self.locale)

    def name(self, names: Mapping[str, str], otherwise: str) -> str:
        return names.get(self.locale) or names.get("en") or otherwise


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    words = _Words(configuration.subject(body["subject"]["of"]), configuration, locale)
    said = []
    if "when" in body.get("trigger", {}):
        said.append(words.say(NEEDED, condition=words.condition(body["trigger"]["when"])))
    return said + _steps(body["steps"], words, "")


def _steps(steps: Sequence[Mapping[str, Any]], words: _Words, indent: str) -> list[str]:
    return [indent + line for step in steps for line in _step(step, words)]


def _step(step: Mapping[str, Any], words: _Words) -> list[str]:
    match step["type"]:
        case "branch":
            return [line for case in step["cases"] for line in _block(_case(case, words), case["steps"], words)]
        case "parallel":
            first = words.say(PARALLEL_ANY if step.get("join") == "any" else PARALLEL_ALL)
            inner = [
                line
                for branch in step["branches"]
                for line in _block(
                    words.say(BRANCH, name=words.name(branch.get("name", {}), branch["id"])), branch["steps"], words
                )
            ]
            return [first, *(f"  {line}" for line in inner)]
        case "auto":
            then = step.get("then", "approve")
            ways = then, step.get("otherwise", "reject" if then == "approve" else "approve")
            return [words.say(AUTO[ways], condition=words.condition(step["when"]))]
        case "wait":
            return [_wait(step, words)]
        case "call":
            called = words.configuration.body("approval_flow", step["flow"]) or {}
            return [words.say(CALL, flow=words.name(called.get("name", {}), step["flow"]))]
        case "cc" | "notify":
            return [words.say(COPIED if step["type"] == "cc" else TOLD, people=words.people(step))]
    return [_ask(step, words)]


def _block(first: str, steps: Sequence[Mapping[str, Any]], words: _Words) -> list[str]:
    return [first, *(_steps(steps, words, "  ") or [f"  {words.say(GOES_ON)}"])]


def _case(case: Mapping[str, Any], words: _Words) -> str:
    return words.say(OTHERWISE) if case.get("else") else words.say(IF, condition=words.condition(case["when"]))


def _wait(step: Mapping[str, Any], words: _Words) -> str:
    if "until" in step:
        return words.say(WAIT_UNTIL, field=words.subject.label(step["until"], words.locale))
    working = step.get("calendar", "work") == "work"
    return words.say(WAIT_WORKING if working else WAIT, time=duration_words(step["after"], words.locale))


def _ask(step: Mapping[str, Any], words: _Words) -> str:
    mode, people = step.get("mode", "any"), words.people(step)
    passing = step.get("pass", {})
    if mode == "quorum" and "count" in passing:
        said = words.say(QUORUM_COUNT, people=people, count=passing["count"])
    elif mode == "quorum" and "percent" in passing:
        said = words.say(QUORUM_PERCENT, people=people, percent=passing["percent"])
    elif mode == "quorum":
        said = words.say(QUORUM_WEIGHT, people=people, weight=passing.get("weight", ""))
    else:
        said = words.say((MODES if step["type"] == "approve" else HANDLED)[mode], people=people)
    due = step.get("due")
    if due is None:
        return said
    then = due.get("on_timeout", "remind")
    sentence = DUE_WORKING if due.get("calendar", "work") == "work" else DUE
    more = words.say(
        sentence,
        time=duration_words(due["after"], words.locale),
        then=words.say(TIMEOUT["escalate" if isinstance(then, Mapping) else then]),
    )
    return words.say(WITH, step=said, more=more)
