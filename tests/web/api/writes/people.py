"""Writes of contacts, addresses and terms, one by one."""

from __future__ import annotations

from typing import Any

from tests.web.api.writes.case import Call, Case, Stage
from tests.web.api.writes.masters import ADDRESS


def _contact(stage: Stage) -> Call:
    return Call("POST", "/customers/K-2/contacts", {"name": stage.fresh(), "role": "finance"})


def _address(stage: Stage) -> Call:
    return Call("POST", "/customers/K-2/addresses", {**ADDRESS, "label": stage.fresh()})


def _of_new(make: Case, method: str, **other: Any) -> Case:
    """The last that was added, changed or removed."""

    def case(stage: Stage) -> Call:
        call = make(stage)
        stage.do(call.method, call.path, call.body)
        label = "name" if "name" in call.body else "label"
        made = next(row for row in stage.get(call.path)["data"] if row[label] == call.body[label])
        return Call(method, f"{call.path}/{made['id']}", {**call.body, **other} if method == "PUT" else None)

    return case


PEOPLE: dict[str, Case] = {
    "POST api_customer_people.CustomerContacts": _contact,
    "PUT api_customer_people.CustomerContactById": _of_new(_contact, "PUT", phone="+1 555 0100"),
    "DELETE api_customer_people.CustomerContactById": _of_new(_contact, "DELETE"),
    "POST api_customer_people.CustomerAddresses": _address,
    "PUT api_customer_people.CustomerAddressById": _of_new(_address, "PUT", city="Bremen"),
    "DELETE api_customer_people.CustomerAddressById": _of_new(_address, "DELETE"),
    "PUT api_customer_people.CustomerTerms": lambda stage: Call(
        "PUT", "/customers/K-2/terms", {"credit_account": "CA-K-2", "payment_terms_days": 20 + stage.made % 30}
    ),
}
