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
