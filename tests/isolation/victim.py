"""A company with one of everything that a route may name, for strangers to try."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.ids import new_id, to_text
from low_code.backtests.start_backtest import StartBacktest, start_backtest
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.field_files.store_file import StoreFile, store_file
from low_code.flows.delegations import Delegate, delegate
from low_code.flows.queries import approvals_of
from low_code.plans.plan_release import PlanRelease, plan_release
from oms.backorders.ask_buyer import AskBuyer, ask_buyer, read_question
from oms.backorders.follow_up import FollowUp, follow_up
from oms.backorders.link import token_of
from oms.changes.actions import SetNote
from oms.changes.change_sets import OpenChange, open_change
from oms.channel_stock.save_rule import SaveChannelRule, save_channel_rule
from oms.credit.raise_limit import RaiseLimit, raise_limit
from oms.customer_log.write_entry import WriteEntry, write_entry
from oms.customer_matching.models import CustomerSuspect
from oms.customer_merging.merge_customers import MergeCustomers, merge_customers
from oms.customers.save_address import SaveAddress, save_address
from oms.customers.save_contact import SaveContact, save_contact
from oms.customers.save_customer import AddressData, ContactData
from oms.customers.save_identity import AddIdentity, add_identity
from oms.customers.save_site import SaveSite, save_site
from oms.intake.attachments import AttachFile, attach_file
from oms.intake.drafts import SaveDraft as SaveOrderDraft
from oms.intake.drafts import save_draft as save_order_draft
from oms.intake.notes import AddNote, add_note
from oms.intake.templates import SaveTemplate, TemplateLine, save_template
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.mass.stage_file import StageFile, stage_file
from oms.orders.place_hold import PlaceHold, place_hold
from oms.placement.allocate_batch import AllocateBatch, allocate_batch, keep_batch
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.purchasing.models import PurchaseRequest
from oms.receipts.expect_goods import ExpectedRow, expect_goods
from oms.receivables.post_receivable import PostReceivable, post_receivable
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.stock_counts.start_count import StartCount, start_count
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.send_transfer import send_transfer
from oms.trial.history import PlacedOrders, Scope
from tenants.access.create_role import CreateRole, create_role
from tenants.access.ids import department_text, key_text, role_text, user_text
from tenants.access.queries import all_api_keys
from tenants.access.save_department import CreateDepartment, create_department
from tenants.access.tokens import make_token
from tenants.scope import open_work
from tests.support.builders import a_customer, a_group, a_location, a_price, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.portal import Shop
from tests.support.web import make_key, make_user


@dataclass(frozen=True)
class Victim:
    """ids: name of a route's argument -> the victim's object; (endpoint's blueprint, name) where two kinds share it"""

    shop: Shop
    ids: dict[str, str]
    receivables: tuple[str, str]

    def argument(self, endpoint: str, name: str) -> str:
        key = f"{endpoint.partition('.')[0]}:{name}"
        found = self.ids.get(f"{endpoint}:{name}") or self.ids.get(key) or self.ids.get(name)
        assert found is not None, (
            f"The route {endpoint} has an argument <{name}> that this test does not know. Make such an object of the"
            f" victim in make_victim() and add its id, number or code to ids[{name!r}]."
        )
        return found


def make_victim(engine: Engine, shop: Shop) -> Victim:
    company = shop.company
    key = make_key(engine, company, "orders.view")
    person = make_user(engine, company, "operator", name="Victim")
    actor = Actor(kind="staff", id=company.admin.id, name="Ada")
    with open_work(engine, company.id, actor) as work:
        prey = {"name": {"en": "Prey", "zh-CN": "Prey"}, "rules": []}
        flow = {"name": {"en": "Noted"}, "subject": {"of": "order"},
                "trigger": {"when": {"==": [{"var": "order.buyer_note"}, "approve this"]}},
                "steps": [{"id": "n1", "type": "approve", "who": [{"role": "admin"}]}]}  # fmt: skip
        documents = {"order_type/standard": an_order_type(approvals=["noted"]), "approval_flow/noted": flow}
        release = publish_defaults(work, {**documents, "review_rules/prey": prey})
        a_sku(work, "VICTIM-TEA")
        a_price(work, "VICTIM-TEA", "1.00", list_key="victim-list")
        a_customer(work, "VICTIM-C", limit="10")
        placed = place(work, PlaceOrder(
            order_type="standard", channel="portal", customer_id=shop.customer,
            lines=(LineRequest(sku="TEA", quantity=Decimal(3)),),
        ))  # fmt: skip
        hold = place_hold(work, PlaceHold(order_id=placed.order_id, reason="look at it"))
        waiting = place(work, PlaceOrder(
            order_type="standard", channel="portal", customer_id=shop.customer, buyer_note="approve this",
            lines=(LineRequest(sku="TEA", quantity=Decimal(1)),),
        ))  # fmt: skip
        line = work.scalar(
            "SELECT id FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s",
            {"t": work.tenant_id, "o": placed.order_id},
        )
        part = SplitOff(units={line: Decimal(1)})
        move = split_order(work, SplitOrder(order_id=placed.order_id, groups=(part,))).move_id
        wish = SetNote(buyer_note="prey")
        change = open_change(work, OpenChange(order_id=placed.order_id, actions=(wish,), by_customer=True))
        approval = approvals_of(work, "order", waiting.order_id)[0]
        days = {"starts_on": work.today, "ends_on": work.today}
        delegation = delegate(work, Delegate(from_id=company.admin.id, to_id=person.id, **days))
        department = create_department(work, CreateDepartment(names={"en": "Prey"})).department_id
        role = create_role(work, CreateRole(names={"en": "Prey"})).role_id
        key_id = next(each.id for each in all_api_keys(work) if each.last_four == key[-4:])
        file = io.BytesIO(b"order number,customer number,sku,quantity\nX-1,C-1,TEA,1\n")
        run = stage_file(work, StageFile(file_name="x.csv", channel="api", order_type="standard"), file).run_id
        invoice, payment = (
            post_receivable(
                work, PostReceivable(customer_id=shop.customer, kind=kind, number="R-1", amount=Decimal(5))
            ).receivable_id
            for kind in ("invoice", "payment")
        )  # type: ignore[assignment]
        a_group(work, "victim-group")
        of_customers = _customers(work, shop)
        account = work.scalar(
            "SELECT id FROM credit_accounts WHERE tenant_id = %(t)s AND number = 'CA-VICTIM-C'", {"t": work.tenant_id}
        )
        raised = raise_limit(work, RaiseLimit(
            account_id=account, credit_limit=Decimal(20), from_on=work.today, until_on=work.today, reason="prey"
        ))  # fmt: skip
        backtest = _a_backtest(work, placed.order_id)
        plan = plan_release(
            work,
            PlanRelease(base=release, accept_warnings=True, publish_at=work.now + timedelta(days=1)),
        )
        of_stock = _stock(work)
        waits = _a_backorder(work, shop.customer)
        file_id = store_file(work, StoreFile(entity="order", name="prey.txt", data=b"secret"))
        papers = _papers(work, placed.order_id)
        invitation = make_token(work, person.id, "invitation")
        reset = make_token(work, person.id, "reset_password")
    ids = {
        "order_id": to_text("ord", placed.order_id),
        "hold_id": to_text("hld", hold.hold_id),
        **papers,
        "move_id": to_text("mov", move),
        "change_id": to_text("chg", change),
        "customer_id": to_text("cus", shop.customer),
        "import_id": to_text("imp", run),
        "run_id": to_text("imp", run),
        "backtest_id": to_text("bkt", backtest),
        "position": "1",
        "plan_id": to_text("pln", plan),
        "code": "VICTIM-TEA",
        **of_stock,
        **waits,
        **of_customers,
        "key": "victim-list",
        "api_locations:key": "victim-place",
        "location_key": "victim-place",
        "entity": "order",
        "field_work": "index",
        "file_id": to_text("fil", file_id),
        "kind": "review_rules",
        "builder:key": "prey",
        "number": "VICTIM-C",
        "account_number": "CA-VICTIM-C",
        "raise_id": to_text("crr", raised),
        "group_key": "victim-group",
        "receivable_id": to_text("rec", invoice),
        "invoice_id": to_text("rec", invoice),
        "payment_id": to_text("rec", payment),
        "builder_history:number": str(release),
        "api_configuration:number": str(release),
        "user_id": user_text(person.id),
        "role_id": role_text(role),
        "department_id": department_text(department),
        "approval_id": to_text("apv", approval),
        "delegation_id": to_text("dlg", delegation),
        "key_id": key_text(key_id),
        "passwords.accept:token": invitation,
        "passwords.store_accepted:token": invitation,
        "passwords.reset:token": reset,
        "passwords.store_reset:token": reset,
    }
    return Victim(shop, ids, (to_text("rec", invoice), to_text("rec", payment)))


def _a_backorder(work: Work, customer: UUID) -> dict[str, str]:
    """A line that waits, with a follow-up and a question to its buyer; and a batch that was tried."""
    a_sku(work, "VICTIM-MUG")
    line = LineRequest(sku="VICTIM-MUG", quantity=Decimal(3))
    placed = place(work, PlaceOrder(order_type="standard", channel="portal", customer_id=customer, lines=(line,)))
    assert placed.short == 3
    (question,) = ask_buyer(work, AskBuyer(order_id=placed.order_id))
    asked = read_question(work, question)
    assert asked is not None
    note = follow_up(work, FollowUp(order_id=placed.order_id, line_id=asked.line_id, note="prey", due_on=work.today))
    batch = allocate_batch(work, AllocateBatch(order_ids=(placed.order_id,), dry_run=True))
    keep_batch(work, batch)
    token = token_of(work.tenant_id, question)
    return {
        "line_id": to_text("lin", asked.line_id),
        "follow_up_id": to_text("bfu", note),
        "question_id": to_text("bqu", question),
        "batch_id": to_text("bat", batch.id),
        "sku_code": "VICTIM-MUG",
        "customer_number": "VICTIM-C",
        "backorder_answers.show:token": token,
        "backorder_answers.answer:token": token,
    }


def _papers(work: Work, order_id: UUID) -> dict[str, str]:
    """A draft, a template, a note and a file of the order."""
    draft = new_id()
    save_order_draft(
        work, SaveOrderDraft(draft_id=draft, content={"customer": ["VICTIM-C"]}, customer="VICTIM-C", lines=0)
    )
    template = save_template(work, SaveTemplate(name="Prey", lines=(TemplateLine(sku="VICTIM-TEA", quantity="1"),)))
    note = add_note(work, AddNote(order_id=order_id, body="secret", for_buyer=True))
    file = attach_file(work, AttachFile(order_id=order_id, name="prey.txt", data=b"secret", for_buyer=True))
    return {
        "draft_id": to_text("drf", draft), "template_id": to_text("otp", template), "note_id": to_text("not", note),
        "attachment_id": to_text("att", file),
    }  # fmt: skip


def _customers(work: Work, shop: Shop) -> dict[str, str]:
    """A merge, a pair to look at, a name in a channel, a step to be done, a site, a purchase request."""
    one, other, third = (a_customer(work, f"VICTIM-{n}") for n in ("M1", "M2", "M3"))
    merged = merge_customers(work, MergeCustomers(winner_id=one, loser_id=other))
    suspect, request = new_id(), new_id()
    pair = sorted((one, third))
    work.session.add(CustomerSuspect(
        tenant_id=work.tenant_id, id=suspect, one_id=pair[0], other_id=pair[1], found_at=work.now
    ))  # fmt: skip
    add_identity(work, AddIdentity(customer_id=shop.customer, channel="shop", outside_id="victim"))
    step = WriteEntry(customer_id=shop.customer, kind="call", text="prey", next_step="prey", due_on=work.today)
    address = AddressData(recipient="Prey", street="1", city="X", country="DE")
    save_site(work, SaveSite(customer_id=shop.customer, number="victim-site", name="Prey", address=address))
    work.session.add(PurchaseRequest(
        tenant_id=work.tenant_id, id=request, customer_id=shop.customer, user_id=shop.li.id, user_name="Li",
        order_type="standard", total=Decimal(5), currency="USD", reasons=[], asked_at=work.now,
        cart={"lines": [], "address_id": None, "requested_on": None, "buyer_note": "", "coupons": [], "custom": {},
              "approvers": {}},
    ))  # fmt: skip
    work.session.flush()
    contact = save_contact(work, SaveContact(customer_id=shop.customer, contact=ContactData(name="Prey")))
    where = save_address(work, SaveAddress(customer_id=shop.customer, address=address))
    identity = work.scalar(
        "SELECT id FROM customer_identities WHERE tenant_id = %(t)s AND outside_id = 'victim'", {"t": work.tenant_id}
    )
    return {
        "merge_id": to_text("mrg", merged.merge_id),
        "suspect_id": to_text("sus", suspect),
        "contact_id": to_text("con", contact),
        "address_id": to_text("adr", where),
        "identity_id": to_text("cid", identity),
        "entry_id": to_text("log", write_entry(work, step)),
        "site_number": "victim-site",
        "request_id": to_text("prq", request),
    }


def _stock(work: Work) -> dict[str, str]:
    """A transfer, a count, goods that are expected, a reservation, a rule of a channel."""
    place, other = a_location(work, "victim-place"), "victim-other"
    a_location(work, other)
    tea = sku_id(work, "VICTIM-TEA")
    receive_stock(work, ReceiveStock(sku_id=tea, location_id=place, quantity=Decimal(9)))
    rows = [TransferRow(sku="VICTIM-TEA", quantity=Decimal(2))]
    command = DraftTransfer(from_location="victim-place", to_location=other, rows=rows)
    transfer = draft_transfer(work, command).transfer_id
    send_transfer(work, transfer)
    row = ExpectedRow(sku="VICTIM-TEA", location="victim-place", reference="PO", quantity=Decimal(5), due_on=work.today)
    reserved = reserve_stock(work, ReserveStock(sku_id=tea, quantity=Decimal(1), purpose="quote"))
    rule = SaveChannelRule(channel="web", kind="buffer", quantity=Decimal(1))
    return {
        "transfer_id": to_text("trf", transfer),
        "count_id": to_text("cnt", start_count(work, StartCount(location_id=place)).count_id),
        "receipt_id": to_text("exr", expect_goods(work, [row]).ids[0]),
        "reservation_id": to_text("rsv", reserved.reservation_id),
        "rule_id": to_text("chr", save_channel_rule(work, rule)),
    }


def _a_backtest(work: Work, order_id: UUID) -> UUID:
    """One that runs, with an order that it found."""
    rules = {"name": {"en": "Prey"}, "rules": [], "tests": [{"id": "t", "expect": {"hits": []}}]}
    save_draft(work, SaveDraft(kind="review_rules", key="prey", body=rules))
    scope = Scope(limit=10, until=work.now).to_json()
    backtest = start_backtest(work, StartBacktest(scope=scope), PlacedOrders())
    work.execute(
        "INSERT INTO config_backtest_differences (tenant_id, backtest_id, position, subject_id, label, what, before, after)"
        " VALUES (%(t)s, %(b)s, 1, %(o)s, 'X', '[]', '{}', '{}')",
        {"t": work.tenant_id, "b": backtest, "o": order_id},
    )
    return backtest
