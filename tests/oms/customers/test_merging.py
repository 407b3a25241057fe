"""What a merge of two customers and its undoing must leave true: nothing lost, the books right, everything back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.ids import new_id
from oms.credit.lock_account import read_accounts
from oms.customer_merging.errors import (
    CreditAccountsDiffer,
    CustomerMergedAlready,
    MergeCannotBeUndone,
    SameCustomer,
    SiteNumbersMeet,
)
from oms.customer_merging.merge_customers import CustomersMerged, MergeCustomers, merge_customers
from oms.customer_merging.moved_tables import KEPT, MOVED
from oms.customer_merging.undo_merge import UndoMerge, undo_merge
from oms.customers.models import CustomerSite
from oms.customers.refresh_search import refresh_search
from oms.orders.cancel_order import CancelOrder, cancel_order
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.errors import OrderInvalid
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from oms.receivables.apply_payment import ApplyPayment, apply_payment
from oms.receivables.checks import disagreements
from oms.receivables.post_receivable import PostReceivable, post_receivable
from tests.support.builders import a_credit_account, a_customer, a_location, a_policy, a_sku, stock
from tests.support.configuration import publish_defaults
from web.all_models import metadata

POLICY = a_policy()
# Written by the merge itself, or histories to which undoing adds.
BESIDE = {
    "customer_merges", "customer_merge_rows", "audit_entries", "outbox_messages", "ledger_transactions",
    "ledger_entries", "credit_entries",
}  # fmt: skip


@pytest.fixture
def pair(work: Work) -> tuple[UUID, UUID]:
    publish_defaults(work)
    a_sku(work, "TEA", price="10.00")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="1000")
    return a_customer(work, "C-1", limit="1000"), a_customer(work, "C-2", limit="500")


def order(work: Work, number: str, quantity: str = "2") -> OrderPlaced:
    command = PlaceOrder(
        order_type="standard", channel="test", customer_number=number,
        lines=(LineRequest(sku="TEA", quantity=Decimal(quantity)),),
    )  # fmt: skip
    return place_order(work, command, POLICY)


def booked(work: Work, customer: UUID, kind: Any, number: str, amount: str) -> UUID:
    command = PostReceivable(customer_id=customer, kind=kind, number=number, amount=Decimal(amount))
    return post_receivable(work, command).receivable_id


def everything(work: Work) -> dict[str, list[str]]:
    """table -> its rows as text, but for what is only ever added to."""
    return {
        table: sorted(str(row) for row in work.mappings(f"SELECT * FROM {table} WHERE tenant_id = %(t)s", {"t": work.tenant_id}))
        for table in metadata.tables
        if table not in BESIDE | {"tenants", "tenant_hosts", "scheduled_runs", "idempotency_keys"}
    }  # fmt: skip


def account_of(work: Work, customer: UUID) -> UUID:
    found = work.scalar(
        "SELECT credit_account_id FROM customers WHERE tenant_id = %(t)s AND id = %(c)s",
        {"t": work.tenant_id, "c": customer},
    )
    assert isinstance(found, UUID)
    return found


def merged(work: Work, pair: tuple[UUID, UUID], **more: Any) -> CustomersMerged:
    return merge_customers(work, MergeCustomers(winner_id=pair[0], loser_id=pair[1], **more))


def test_every_column_that_names_a_customer_is_thought_of() -> None:
    named = {
        (table.name, key.parent.name)
        for table in metadata.tables.values()
        for constraint in table.foreign_key_constraints
        for key in constraint.elements
        if key.target_fullname == "customers.id"
    } | {(table.name, "customer_id") for table in metadata.tables.values() if "customer_id" in table.c}

    assert named == {(moved.table, moved.column) for moved in MOVED} | KEPT


def test_all_of_the_loser_becomes_the_winners_and_the_books_agree(work: Work, pair: tuple[UUID, UUID]) -> None:
    winner, loser = pair
    first, second = order(work, "C-1"), order(work, "C-2", "5")
    invoice = booked(work, loser, "invoice", "R-1", "100")
    booked(work, loser, "payment", "P-1", "30")
    accounts = [account_of(work, one) for one in pair]

    with pytest.raises(CreditAccountsDiffer):
        merged(work, pair)
    done = merged(work, pair, credit_account=accounts[0], take=("email",))

    assert done.moved > 4
    owners = work.rows(
        "SELECT DISTINCT customer_id, credit_account_id FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}
    )
    assert [tuple(row) for row in owners] == [(winner, accounts[0])]
    position = read_accounts(work, accounts)
    assert position[accounts[0]].open_orders == first.total + second.total
    assert (position[accounts[0]].open_invoices, position[accounts[0]].unapplied_payments) == (100, 30)
    assert position[accounts[1]].exposure == 0
    assert disagreements(work) == []
    assert invoice is not None


def test_undo_puts_everything_back(work: Work, pair: tuple[UUID, UUID]) -> None:
    for number in ("C-1", "C-2"):
        order(work, number)
    booked(work, pair[1], "invoice", "R-1", "100")
    booked(work, pair[0], "payment", "P-1", "30")
    refresh_search(work, pair)
    before = everything(work)

    done = merged(work, pair, credit_account=account_of(work, pair[1]), take=("name", "phone", "tax_number"))
    assert everything(work) != before
    undo_merge(work, UndoMerge(merge_id=done.merge_id))

    after = everything(work)
    assert {table for table in before if before[table] != after[table]} == set()
    assert disagreements(work) == []
    with pytest.raises(MergeCannotBeUndone):
        undo_merge(work, UndoMerge(merge_id=done.merge_id))


def test_an_order_that_was_cancelled_meanwhile_goes_back_as_it_is_now(work: Work, pair: tuple[UUID, UUID]) -> None:
    moved = order(work, "C-2", "5")
    done = merged(work, pair)
    cancel_order(work, CancelOrder(order_id=moved.order_id, reason="customer"), Rounding())

    undo_merge(work, UndoMerge(merge_id=done.merge_id))

    owner = work.scalar(
        "SELECT customer_id FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
        {"t": work.tenant_id, "o": moved.order_id},
    )
    assert owner == pair[1]
    assert disagreements(work) == []


def test_what_was_changed_since_is_not_undone(work: Work, pair: tuple[UUID, UUID]) -> None:
    done = merged(work, pair, take=("phone",))
    work.execute(
        "DELETE FROM customer_addresses WHERE tenant_id = %(t)s AND customer_id = %(c)s",
        {"t": work.tenant_id, "c": pair[0]},
    )

    with pytest.raises(MergeCannotBeUndone) as refused:
        undo_merge(work, UndoMerge(merge_id=done.merge_id))

    assert refused.value.facts["table"] == "customer_addresses"


def test_a_payment_applied_across_keeps_a_merge(work: Work, pair: tuple[UUID, UUID]) -> None:
    invoice = booked(work, pair[1], "invoice", "R-1", "100")
    payment = booked(work, pair[0], "payment", "P-1", "30")
    done = merged(work, pair, credit_account=account_of(work, pair[0]))
    apply_payment(work, ApplyPayment(payment_id=payment, invoice_id=invoice, amount=Decimal(30)))

    with pytest.raises(MergeCannotBeUndone):
        undo_merge(work, UndoMerge(merge_id=done.merge_id))


def test_the_number_of_the_loser_leads_to_the_winner(work: Work, pair: tuple[UUID, UUID]) -> None:
    third = a_customer(work, "C-3")
    merged(work, pair)
    merged(work, (third, pair[0]), credit_account=account_of(work, pair[0]))

    assert order(work, "C-2").customer_id == third
    with pytest.raises(OrderInvalid):
        place_order(
            work,
            PlaceOrder(
                order_type="standard", channel="test", customer_id=pair[1],
                lines=(LineRequest(sku="TEA", quantity=Decimal(1)),),
            ),
            POLICY,
        )  # fmt: skip


def test_what_cannot_be_one_is_refused(work: Work, pair: tuple[UUID, UUID]) -> None:
    with pytest.raises(SameCustomer):
        merged(work, (pair[0], pair[0]))
    for customer in pair:
        work.session.add(
            CustomerSite(tenant_id=work.tenant_id, id=new_id(), customer_id=customer, number="1", name="One")
        )
    work.session.flush()
    with pytest.raises(SiteNumbersMeet):
        merged(work, pair)
    work.execute("DELETE FROM customer_sites WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    merged(work, pair)
    with pytest.raises(CustomerMergedAlready):
        merged(work, pair)


def test_a_shared_credit_account_stays(work: Work) -> None:
    account = a_credit_account(work, "CA-S")
    both = a_customer(work, "S-1", account=account), a_customer(work, "S-2", account=account)

    merged(work, both)

    assert account_of(work, both[0]) == account
