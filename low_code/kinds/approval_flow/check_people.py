"""That people can be found and counted: fields that hold some, quorums that can be reached, rights on fields that
there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, pointer_to
from low_code.expressions import Kind, Subject
from low_code.registry import Configuration

NO_PERSON = N_("“{path}” does not hold a person.")
NO_AMOUNT = N_("“{path}” does not hold an amount.")
PASS_MISSING = N_("Say when the quorum is reached.")
PASS_UNUSED = N_("This counts only where the step passes by quorum.")
COLLECT_UNUSED = N_("Waiting for everybody counts only where all must approve.")
COUNT_UNREACHABLE = N_("{count} approvals are needed, but at most {people} people are asked.")
WEIGHT_UNKNOWN = N_("“{name}” is neither a role (role:…) nor an e-mail address that is known here.")
WEIGHT_UNREACHABLE = N_("A weight of {weight} is needed, but at most {total} can come together.")
FIELD_UNKNOWN = N_("There is no field “{path}” here.")
FIELD_FIXED = N_("“{path}” is not a field of your own on what is approved; only those can be changed or hidden here.")
OUTPUT_UNKNOWN = N_("The table “{table}” has no output “{output}”.")
OUTPUT_NO_TEXT = N_("The output “{output}” is not text, so it can name nobody.")
CHOICE_TWICE = N_("The submitter can be asked to choose once in a step.")
CHOICE_NESTED = N_("Whom the submitter may choose among cannot be left to the submitter.")
CHOICE_ELSEWHERE = N_("The submitter chooses only who approves or handles.")


def check_people(
    body: Mapping[str, Any],
    steps: Sequence[tuple[str, Mapping[str, Any]]],
    subject: Subject | None,
    configuration: Configuration,
) -> Iterator[Diagnostic]:
    on_empty = body.get("policy", {}).get("on_empty")
    if isinstance(on_empty, Mapping):
        yield from _who(on_empty["assign"], "/policy/on_empty/assign", subject, configuration, may_choose=False)
    for pointer, step in steps:
        asks = step["type"] in {"approve", "handle"}
        yield from _who(step.get("who", ()), f"{pointer}/who", subject, configuration, may_choose=asks)
        if asks:
            yield from _quorum(step, pointer, configuration)
            yield from _fields(step.get("fields", {}), f"{pointer}/fields", body["subject"]["of"], configuration)


def _who(
    entries: Sequence[Mapping[str, Any]],
    pointer: str,
    subject: Subject | None,
    configuration: Configuration,
    *,
    may_choose: bool,
) -> Iterator[Diagnostic]:
    chosen = 0
    for index, entry in enumerate(entries):
        here = f"{pointer}/{index}"
        ((kind, value),) = entry.items()
        if kind == "field":
            wanted = {Kind.REF, Kind.STRING, Kind.LIST}
            yield from _typed(subject, value, f"{here}/field", wanted, "no_person", NO_PERSON)
        if kind == "chain" and "until_limit" in value:
            wanted = {Kind.NUMBER, Kind.MONEY}
            yield from _typed(
                subject, value["until_limit"], f"{here}/chain/until_limit", wanted, "no_amount", NO_AMOUNT
            )
        if kind == "table":
            yield from _output(value, f"{here}/table/output", configuration)
        if kind == "submitter_choice":
            chosen += 1
            if not may_choose:
                yield _finding(here, "choice_elsewhere", CHOICE_ELSEWHERE)
            elif chosen > 1:
                yield _finding(here, "choice_twice", CHOICE_TWICE)
            among = value.get("among", ())
            for number, inner in enumerate(among):
                if "submitter_choice" in inner:
                    yield _finding(f"{here}/submitter_choice/among/{number}", "choice_nested", CHOICE_NESTED)
            yield from _who(
                [inner for inner in among if "submitter_choice" not in inner],
                f"{here}/submitter_choice/among",
                subject,
                configuration,
                may_choose=False,
            )


def _typed(
    subject: Subject | None, path: str, pointer: str, wanted: set[Kind], code: str, message: str
) -> Iterator[Diagnostic]:
    """The field must be able to hold such a value; that it exists the schema's annotation sees."""
    spec = subject.all_fields().get(path) if subject else None
    if spec is not None and spec.type.kind not in wanted:
        yield _finding(pointer, code, message, path=path)


def _output(entry: Mapping[str, Any], pointer: str, configuration: Configuration) -> Iterator[Diagnostic]:
    table = configuration.sound_body("decision_table", entry["key"])
    if table is None:
        return
    outputs = {column["name"]: column for column in table["table"]["outputs"]}
    found = outputs.get(entry["output"])
    if found is None:
        yield _finding(pointer, "output_unknown", OUTPUT_UNKNOWN, table=entry["key"], output=entry["output"])
    elif found.get("type", "string") not in {"string", "text"}:
        yield _finding(pointer, "output_no_text", OUTPUT_NO_TEXT, output=entry["output"])


def _quorum(step: Mapping[str, Any], pointer: str, configuration: Configuration) -> Iterator[Diagnostic]:
    mode, passing = step.get("mode", "any"), step.get("pass")
    if step.get("collect") and mode != "all":
        yield _finding(f"{pointer}/collect", "collect_unused", COLLECT_UNUSED, severity="warning")
    if mode != "quorum":
        if passing is not None:
            yield _finding(f"{pointer}/pass", "pass_unused", PASS_UNUSED, severity="warning")
        return
    if passing is None:
        yield _finding(f"{pointer}/mode", "pass_missing", PASS_MISSING)
        return
    for name in passing.get("weights", {}):
        if not _is_known(name, configuration):
            here = f"{pointer}/pass/weights{pointer_to(name)}"
            yield _finding(here, "weight_unknown", WEIGHT_UNKNOWN, name=name)
    most = _most_people(step["who"])
    if most is None:
        return
    if passing.get("count", 0) > most:
        facts = {"count": passing["count"], "people": most}
        yield _finding(f"{pointer}/pass/count", "quorum_unreachable", COUNT_UNREACHABLE, **facts)
    heaviest = max(passing.get("weights", {}).values(), default=1)
    if passing.get("weight", 0) > most * heaviest:
        facts = {"weight": passing["weight"], "total": most * heaviest}
        yield _finding(f"{pointer}/pass/weight", "quorum_unreachable", WEIGHT_UNREACHABLE, **facts)


def _is_known(name: str, configuration: Configuration) -> bool:
    kind, _, key = name.partition(":")
    if kind == "role" and key:
        return key in configuration.outside.get("roles", (key,))
    return "@" in name and name in configuration.outside.get("users", (name,))


def _most_people(who: Sequence[Mapping[str, Any]]) -> int | None:
    """How many the step asks at most; None where that depends on who has a role, or on the subject."""
    most = 0
    for entry in who:
        ((kind, value),) = entry.items()
        match kind:
            case "users":
                most += len(value)
            case "chain" if "levels" in value:
                most += int(value["levels"])
            case "manager" | "department_head" | "head_of" | "submitter":
                most += 1
            case "submitter_choice":
                most += int(value.get("most", 10))
            case _:
                return None
    return most


def _fields(
    rights: Mapping[str, str], pointer: str, subject: str, configuration: Configuration
) -> Iterator[Diagnostic]:
    known = configuration.subject(subject).all_fields() if subject in configuration.registry.subjects else {}
    homes = {each.home for each in configuration.registry.entities.values() if each.subject == subject}
    for path, right in rights.items():
        here = pointer + pointer_to(path)
        if path not in known:
            yield _finding(here, "field_unknown", FIELD_UNKNOWN, path=path)
        elif right != "view" and path.rpartition(".")[0] not in homes:
            yield _finding(here, "field_fixed", FIELD_FIXED, path=path)


def _finding(pointer: str, code: str, message: str, severity: str = "error", **facts: Any) -> Diagnostic:
    return Diagnostic(pointer=pointer, code=code, message=message, facts=facts, severity=severity)  # type: ignore[arg-type]
