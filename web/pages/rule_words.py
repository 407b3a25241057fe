"""Rules as people know them: by the name in their document, instead of `kind/key#id`."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import configuration
from tenants.access.queries import name_in

_BY_SEARCH: Mapping[str, str] = {
    "search#phone": N_("The same phone number"),
    "search#email": N_("The same e-mail address"),
    "search#tax_number": N_("The same tax number"),
}


def reasons_in_words(work: Work) -> Mapping[str, str]:
    """What the review rules in force say of an order -> the same in the reader's language.

    A hold keeps its reason as the company's language had it when the order came; whoever reads it may have another.
    """
    documents = configuration(work).documents
    said: dict[str, str] = {}
    for name, body in documents.items():
        if not name.startswith("review_rules/"):
            continue
        for rule in body.get("rules", ()):
            outcome = rule.get("outcome", {})
            for texts in (rule.get("name", {}), outcome.get("text", {}), outcome.get("reason", {})):
                mine = name_in(texts, current_locale())
                said.update({text: mine for text in texts.values() if mine})
    return said


def rule_word(work: Work, reference: str) -> str:
    """The name of a rule in the configuration in force.

    reference  `kind/key#id`, or what a search among all customers found; "" says ""
    returns    the rule's id where it has no name, or is gone by now
    """
    if reference in _BY_SEARCH:
        return _(_BY_SEARCH[reference])
    document, _sign, rule_id = reference.partition("#")
    body = configuration(work).documents.get(document, {})
    named: Mapping[str, str] = next(
        (rule.get("name", {}) for rule in body.get("rules", ()) if rule.get("id") == rule_id), {}
    )
    return name_in(named, current_locale()) or rule_id
