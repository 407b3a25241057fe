"""A sandbox: a company of its own, linked on both sides, from which only who is at home in both brings anything over."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM
from low_code.documents.bundles import export_bundle
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.save_draft import SaveDraft, save_draft
from tenants.access.register_user import RegisterUser, register_user
from tenants.directory.sandbox import (
    CreateSandbox,
    PersonUnknown,
    SandboxCreated,
    SandboxExists,
    SandboxOfSandbox,
    create_sandbox,
)
from tenants.scope import open_work
from tests.support.digest import digest_of
from tests.support.web import PASSWORD, Browser, Company, Person, make_company, sign_in
from tests.web.configuration.conftest import Shop
from tests.web.configuration.test_releases import bundle_on
from web.commands.tenants import fill_sandbox

NUMBERS = {"name": {"en": "From the sandbox"}, "pattern": "SB-{seq:4}"}


def role(engine: Engine, company: Company) -> None:
    with open_work(engine, company.id) as work:
        work.execute(
            "INSERT INTO roles (tenant_id, id, key, names, permissions)"
            " VALUES (%(t)s, new_id(), 'boss', '{\"en\": \"Boss\"}', '{config.view}')",
            {"t": company.id},
        )


def step(who: dict[str, object]) -> dict[str, object]:
    one = {"id": "a", "type": "approve", "name": {"en": "A"}, "who": [who], "mode": "any"}
    return {"name": {"en": "F"}, "subject": {"of": "order"}, "steps": [one]}


@pytest.fixture
def made(shop: Shop, engine: Engine, system_engine: Engine) -> SandboxCreated:
    """The shop's sandbox, with its configuration, in which the numbering was changed and released."""
    role(engine, shop.company)
    with open_work(engine, shop.company.id) as work:
        save_draft(work, SaveDraft(kind="approval_flow", key="r", body=step({"role": "boss"})))
        save_draft(work, SaveDraft(kind="approval_flow", key="u", body=step({"users": [shop.company.admin.email]})))
        publish_drafts(work, PublishDrafts(base=work.tenant.head_release))
        documents = export_bundle(work)
    created = create_sandbox(
        system_engine, engine, shop.company.id, CreateSandbox(admin_email=shop.company.admin.email), SYSTEM
    )
    assert fill_sandbox(engine, created.tenant_id, documents, shop.company.admin.email).startswith("release")
    with open_work(engine, created.tenant_id) as work:
        save_draft(work, SaveDraft(kind="numbering", key="standard", body=NUMBERS))
        publish_drafts(work, PublishDrafts(base=work.tenant.head_release))
    return created


def test_a_sandbox_begins_with_what_is_in_force_and_the_company_s_own_roles(
    shop: Shop, engine: Engine, made: SandboxCreated
) -> None:
    with open_work(engine, made.tenant_id) as work:
        documents, facts = export_bundle(work), work.tenant

    assert facts.is_sandbox and facts.name.endswith("(Sandbox)") and facts.slug == f"{shop.company.slug}-sandbox"
    assert {"approval_flow/r", "approval_flow/u", "order_type/standard"} <= documents.keys()
    with open_work(engine, shop.company.id) as work:
        assert not work.tenant.is_sandbox


def test_what_the_sandbox_released_becomes_drafts_after_it_was_seen(shop: Shop, made: SandboxCreated) -> None:
    page = shop.ada.get("/builder/sandbox")
    preview = shop.ada.post("/builder/sandbox")

    assert "See what it would bring" in page.text and "From the sandbox" in preview.text
    assert shop.drafts() == []
    shop.ada.post("/builder/import", bundle_on(preview))
    assert [draft.address for draft in shop.drafts()] == ["numbering/standard"]
    assert shop.publish().status_code == 302


def test_who_is_at_home_on_one_side_only_brings_nothing(shop: Shop, engine: Engine, made: SandboxCreated) -> None:
    bo = shop.colleague()

    answer = bo.post("/builder/sandbox")

    assert answer.status_code == 403 and "no user in the sandbox" in answer.text
    assert "From the sandbox" not in answer.text


def test_the_sandbox_says_what_it_is_and_cannot_pull_from_production(
    app: Flask, engine: Engine, shop: Shop, made: SandboxCreated
) -> None:
    email = "zoe@sandbox.example"
    with open_work(engine, made.tenant_id) as work:
        user = register_user(work, RegisterUser(email=email, name="Zoe", password=PASSWORD, role_keys=("admin",)))
    inside = Company(id=made.tenant_id, slug=made.slug, admin=Person(user.user_id, email))
    zoe = sign_in(app, inside)

    assert (
        "Nothing here is real" in zoe.get("/builder").text and "This is the sandbox" in zoe.get("/builder/sandbox").text
    )
    assert "Nothing here is real" not in shop.ada.get("/builder").text
    assert zoe.post("/builder/sandbox").status_code == 404


def test_a_link_that_the_other_side_does_not_confirm_counts_for_nothing(
    app: Flask, engine: Engine, system_engine: Engine, shop: Shop, made: SandboxCreated
) -> None:
    """A company that claims somebody else's sandbox (or somebody else) as its own."""
    rival = make_company(engine, system_engine)
    before = digest_of(engine, made.tenant_id), digest_of(engine, shop.company.id)
    browser: Browser = sign_in(app, rival)
    for claimed in (made.tenant_id, shop.company.id):
        with open_work(engine, rival.id) as work:
            work.execute(
                "UPDATE tenants SET settings = settings || jsonb_build_object('sandbox', %(s)s::text) WHERE id = %(t)s",
                {"s": str(claimed), "t": rival.id},
            )
        assert "No sandbox yet" in browser.get("/builder/sandbox").text
        assert browser.post("/builder/sandbox").status_code == 404
    assert (digest_of(engine, made.tenant_id), digest_of(engine, shop.company.id)) == before


def test_there_is_one_sandbox_and_none_of_a_sandbox(
    shop: Shop, engine: Engine, system_engine: Engine, made: SandboxCreated
) -> None:
    command = CreateSandbox(admin_email=shop.company.admin.email)

    with pytest.raises(SandboxExists):
        create_sandbox(system_engine, engine, shop.company.id, command, SYSTEM)
    with pytest.raises(SandboxOfSandbox):
        create_sandbox(system_engine, engine, made.tenant_id, command, SYSTEM)


def test_a_sandbox_needs_somebody_of_the_company(shop: Shop, engine: Engine, system_engine: Engine) -> None:
    with pytest.raises(PersonUnknown):
        create_sandbox(system_engine, engine, shop.company.id, CreateSandbox(admin_email="x@y.example"), SYSTEM)
    assert "orderloom tenant sandbox" in shop.ada.get("/builder/sandbox").text
    assert shop.ada.post("/builder/sandbox").status_code == 404
