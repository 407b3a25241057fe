"""What two parts of an order type must agree on; its references are checked by the schema's annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.registry import Configuration

NEVER_CHECKED = N_("The credit policy is “{policy}”, but no check point is named, so credit is never checked.")
UNKNOWN_GROUP = N_("No field belongs to a group “{group}”.")
TAKEN = N_("Another order type, “{other}”, has the same name.")


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    return [*_credit(body, configuration), *_groups(body, configuration), *_name(key, body, configuration)]


def _credit(body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    policy = configuration.registry.term("credit_policies", body["credit"]["policy"])
    if policy is None or not policy.facts.get("checks") or body["credit"].get("check_at"):
        return []
    facts = {"policy": policy.id}
    return [
        Diagnostic(
            pointer="/credit/check_at",
            code="credit_never_checked",
            message=NEVER_CHECKED,
            facts=facts,
            severity="warning",
        )
    ]


def _groups(body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    known = {
        group.get("id")
        for key in configuration.keys("fields")
        for group in (configuration.sound_body("fields", key) or {}).get("groups", ())
    }
    return [
        Diagnostic(
            pointer=f"/field_groups/{index}", code="group_unknown", message=UNKNOWN_GROUP, facts={"group": group}
        )
        for index, group in enumerate(body.get("field_groups", ()))
        if group not in known
    ]


def _name(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    others = [other for other in configuration.keys("order_type") if other != key]
    return [
        Diagnostic(pointer="/name/en", code="name_taken", message=TAKEN, facts={"other": other}, severity="warning")
        for other in others
        if (configuration.sound_body("order_type", other) or {}).get("name", {}).get("en") == body["name"]["en"]
    ][:1]
