"""Custom fields in words, one sentence a field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

IS = N_("“{label}” ({type})")
REQUIRED = N_("required")
REQUIRED_IF = N_("required if {condition}")
SHOWN_IF = N_("shown if {condition}")
READ_ONLY_IF = N_("read-only if {condition}")
RETIRED = N_("no longer used")
TYPES = {
    "text": N_("text"),
    "long_text": N_("long text"),
    "integer": N_("whole number"),
    "decimal": N_("number"),
    "money": N_("money"),
    "percent": N_("percent"),
    "bool": N_("yes or no"),
    "date": N_("date"),
    "datetime": N_("date and time"),
    "option": N_("one option"),
    "multi_option": N_("several options"),
    "phone": N_("phone number"),
    "email": N_("e-mail address"),
    "url": N_("web address"),
    "user": N_("user"),
    "department": N_("department"),
    "reference": N_("reference"),
    "address": N_("address"),
    "attachment": N_("files"),
    "image": N_("pictures"),
    "auto_number": N_("automatic number"),
    "formula": N_("formula"),
    "lookup": N_("look-up"),
    "rollup": N_("roll-up"),
    "sub_table": N_("table of rows"),
    "section": N_("heading"),
}
COMPUTED_AS = N_("computed: {expression}")
FILLED_WITH = N_("filled with {expression}")
ONLY_SEEN_BY = N_("seen by {roles}")
ONLY_CHANGED_BY = N_("changed by {roles}")
MASKED_FOR = N_("masked for {roles}")
INDEXED = N_("indexed")
_ROLES = {"view": ONLY_SEEN_BY, "edit": ONLY_CHANGED_BY}
_EXPRESSIONS = {"formula": COMPUTED_AS, "default_expr": FILLED_WITH}
_CONDITIONS = {"required_when": REQUIRED_IF, "visible_when": SHOWN_IF, "readonly_when": READ_ONLY_IF}


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    subject = configuration.subject(configuration.registry.entities[key].subject)
    said = []
    for field in body["fields"]:
        label = field["labels"].get(locale) or field["labels"]["en"]
        parts = [translate(IS, locale, {"label": label, "type": translate(TYPES[field["type"]], locale)})]
        parts += [translate(RETIRED, locale)] if field.get("retired") else []
        parts += [translate(REQUIRED, locale)] if field.get("required") else []
        for name, sentence in _CONDITIONS.items():
            if name in field:
                condition = expression_sentence(field[name], subject, locale)
                parts.append(translate(sentence, locale, {"condition": condition}))
        for name, sentence in _EXPRESSIONS.items():
            if name in field:
                said_so = {"expression": expression_sentence(field[name], subject, locale)}
                parts.append(translate(sentence, locale, said_so))
        for name, sentence in _ROLES.items():
            if field.get(name):
                parts.append(translate(sentence, locale, {"roles": ", ".join(field[name])}))
        if "mask" in field:
            parts.append(translate(MASKED_FOR, locale, {"roles": ", ".join(field["mask"]["roles"])}))
        parts += [translate(INDEXED, locale)] if field.get("slot") else []
        said.append(("；" if locale == "zh-CN" else "; ").join(parts))
    return said
