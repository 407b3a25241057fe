"""Forms that begin with a site, contact or address as it is, to be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from web.http.forms import Form

SITE_ADDRESS = ("recipient", "phone", "street", "city", "region", "postal_code", "country")
_CONTACT = ("name", "position", "email", "phone", "role")
_ADDRESS = ("label", "recipient", "street", "city", "region", "postal_code", "country")
Rows = Sequence[tuple[Any, str]]


def filled_form(wanted: Mapping[str, str], sites: Rows, contacts: Rows, addresses: Rows) -> tuple[str, Form]:
    """(kind, form) of what `wanted` names; ("", an empty form) where it names nothing that is there.

    wanted  kind -> text id
    sites   (row, text id) each; contacts and addresses likewise
    """
    for kind, rows, form in (("site", sites, _site), ("contact", contacts, _contact), ("address", addresses, _address)):
        for row, text_id in rows:
            if text_id == wanted.get(kind):
                return kind, form(row, text_id)
    return "", Form()


def _site(site: Any, _text_id: str) -> Form:
    kept = {name: site["address"][name] or "" for name in SITE_ADDRESS}
    active = "1" if site["active"] else None
    return Form.of(number=site["number"], name=site["name"], note=site["note"], active=active, **kept)


def _contact(contact: Any, text_id: str) -> Form:
    return Form.of(contact=text_id, **{name: contact[name] or "" for name in _CONTACT})


def _address(address: Any, text_id: str) -> Form:
    ticks = {name: "1" if address[name] else None for name in ("is_default_shipping", "is_default_billing")}
    kept = {name: address[name] or "" for name in _ADDRESS}
    return Form.of(address=text_id, address_phone=address["phone"] or "", **kept, **ticks)
