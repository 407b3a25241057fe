"""A company that begins with an industry template takes orders at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.db import Work
from low_code.documents.bundles import ImportBundle, import_bundle
from low_code.documents.compiled import configuration
from low_code.documents.validate_drafts import validate_drafts
from low_code.registry import split_address
from oms.configuration import install_domain, publish_bundle
from oms.configuration.templates import TemplateUnknown, template, templates
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.built_in_roles import put_built_in_roles
from tests.support.builders import a_customer, a_location, a_sku, stock

KEYS = ["cross_border_seller", "maker_to_order", "marketplace_seller", "omnichannel_retailer", "wholesaler"]
CUSTOM = {"omnichannel_retailer": {"handover": "pickup", "pickup_store": "Hangzhou"}}


@pytest.fixture(autouse=True)
def roles(work: Work) -> None:
    install_domain()
    put_built_in_roles(work)


def test_there_are_five() -> None:
    assert list(templates()) == KEYS
    with pytest.raises(TemplateUnknown):
        template("pirate")


@pytest.mark.parametrize("key", KEYS)
def test_a_template_has_neither_faults_nor_warnings(work: Work, key: str) -> None:
    import_bundle(work, ImportBundle(documents=template(key).documents, prune=True))

    found = validate_drafts(work)

    assert {where: [p.sentence("en") for p in problems] for where, problems in found.findings.items()} == {}
    assert set(found.documents) == set(template(key).documents)


@pytest.mark.parametrize("key", KEYS)
def test_every_name_of_a_template_is_said_in_both_languages(key: str) -> None:
    def missing(node: object) -> list[object]:
        if isinstance(node, list):
            return [found for item in node for found in missing(item)]
        if not isinstance(node, dict):
            return []
        own = [node] if "en" in node and "zh-CN" not in node else []
        return own + [found for item in node.values() for found in missing(item)]

    found = template(key)
    assert missing({"documents": found.documents, "name": found.name, "description": found.description}) == []


@pytest.mark.parametrize("key", KEYS)
def test_each_order_type_takes_an_order_at_once(work: Work, key: str) -> None:
    publish_bundle(work, template(key).documents, notes="template")
    a_sku(work, "TEA", price="10.00")
    a_customer(work, limit="1000")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="50")
    head = configuration(work)

    for number, order_type in enumerate(head.keys("order_type")):
        compiled = head.compiled("order_type", order_type)
        given = head.body("order_type", order_type)["prices"]["source"] == "given"
        line = LineRequest(sku="TEA", quantity=Decimal(2), unit_price=Decimal(9) if given else None)
        placed = place(
            work,
            PlaceOrder(
                order_type=order_type, channel=sorted(compiled.channels)[0], lines=(line,), customer_number="C-1",
                outside_number=f"X-{number}", custom=CUSTOM.get(key, {}),
            ),
        )  # fmt: skip
        assert placed.total > 0
        assert placed.number


def test_what_is_held_says_why(work: Work) -> None:
    publish_bundle(work, template("marketplace_seller").documents, notes="template")
    a_sku(work, "TEA", price="10.00")
    a_customer(work, limit="1000")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="50")

    placed = place(
        work,
        PlaceOrder(
            order_type="standard", channel="marketplace", customer_number="C-1", buyer_note="please pack well",
            lines=(LineRequest(sku="TEA", quantity=Decimal(24), unit_price=Decimal(9)),),
        ),
    )  # fmt: skip

    assert {hold.source for hold in placed.holds} == {"review_rules/standard#r3", "review_rules/standard#r4"}


def test_a_template_twice_changes_nothing(work: Work) -> None:
    publish_bundle(work, template("wholesaler").documents, notes="template")

    again = import_bundle(work, ImportBundle(documents=template("wholesaler").documents))

    assert again.drafted == ()
    assert {split_address(name)[0] for name in again.unchanged} >= {"order_type", "fields", "condition"}
