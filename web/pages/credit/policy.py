"""The company's credit policy with the limits of customer groups, and the policy of one account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _, current_locale
from oms.credit.policy import STANDARD
from oms.credit.queries import list_group_limits, read_policy
from oms.credit.save_policy import SavePolicy, drop_policy, save_policy, set_group_limit
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.credit.accounts import find_account, render_account, run_for_account
from web.pages.credit.blueprint import credit
from web.pages.credit.policy_form import PolicyWords, policy_form, typed_policy
from web.pages.customers.credit import optional_limit
from web.pages.run_once import run_once


@dataclass(slots=True, kw_only=True)
class PolicyPage:
    """groups: (key, name, limit as text) each"""

    form: Form
    groups: Sequence[tuple[str, str, str]]
    currency: str
    may_edit: bool
    words: PolicyWords


@credit.get("/policy")
@requires(Permission.VIEW_CREDIT)
def company_policy() -> ResponseReturnValue:
    return _render(None)


@credit.post("/policy")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def save_company_policy() -> ResponseReturnValue:
    sent = Form.sent()
    policy = typed_policy(sent)
    if sent.refused:
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        save_policy(work, SavePolicy(policy=policy))
        return _("The credit policy is saved."), url_for("credit.company_policy")

    try:
        return run_once(run)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _render(sent.refuse(error))


@credit.post("/policy/groups")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def save_group_limits() -> ResponseReturnValue:
    sent = Form.sent()
    with current_work() as work:
        keys = [row.key for row in list_group_limits(work)]
    limits = {key: optional_limit(sent, f"group.{key}") for key in keys}
    if sent.refused:
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        for key, limit in limits.items():
            set_group_limit(work, key, limit)
        return _("The limits of the groups are saved."), url_for("credit.company_policy")

    return run_once(run)


@credit.post("/accounts/<account_number>/policy")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def save_account_policy(account_number: str) -> ResponseReturnValue:
    """Of its own, or with `follow` the company's again."""
    sent = Form.sent()
    with current_work() as work:
        account = find_account(work, account_number)
    target = url_for("credit.show", account_number=account_number)
    policy = typed_policy(sent)
    if sent.checked("follow"):

        def follow(work: Work) -> tuple[str, str]:
            drop_policy(work, account.id)
            return _("The account follows the company's policy again."), target

        return run_for_account(account_number, sent, "policy", follow)
    if sent.refused:
        return render_account(account_number, form=sent, form_of="policy")

    def save(work: Work) -> tuple[str, str]:
        save_policy(work, SavePolicy(account_id=account.id, policy=policy))
        return _("The credit policy is saved."), target

    return run_for_account(account_number, sent, "policy", save)


def _render(form: Form | None) -> ResponseReturnValue:
    with current_work() as work:
        groups = list_group_limits(work)
        shown = form or policy_form(read_policy(work, None) or STANDARD)
        currency = work.tenant.currency
    locale = current_locale()
    page = PolicyPage(
        form=shown, currency=currency, may_edit=may(Permission.EDIT_CREDIT), words=PolicyWords(),
        groups=[
            (
                row.key, name_in(row.names, locale) or row.key,
                "" if row.credit_limit is None else f"{row.credit_limit.normalize():f}",
            )
            for row in groups
        ],
    )  # fmt: skip
    return render_template("credit/policy.html", page=page), shown.status
