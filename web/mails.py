"""Mails of access, in the language of who gets them."""

from __future__ import annotations

from flask import url_for

from kernel.db import TenantFacts
from kernel.i18n import _, speaking
from kernel.mail import Mail
from tenants.access.invite_user import UserInvited
from tenants.access.set_password import ResetRequested
from web.http.services import services, tenant_url


def send_invitation(tenant: TenantFacts, invited: UserInvited, *, by: str) -> None:
    """After the transaction that made the token has committed. by: name of who invites"""
    with speaking(invited.locale):
        link = _link(tenant, url_for("passwords.accept", token=invited.token))
        text = _(
            "Hello {name},\n\n{by} invites you to work with {company}. "
            "Choose a password here within seven days:\n\n{link}\n",
            name=invited.name,
            by=by,
            company=tenant.name,
            link=link,
        )
        mail = Mail(
            to=invited.email, name=invited.name, subject=_("Invitation to {company}", company=tenant.name), text=text
        )
    services().mailer.send(mail)


def send_reset(tenant: TenantFacts, request: ResetRequested) -> None:
    """After the transaction that made the token has committed."""
    with speaking(request.locale):
        link = _link(tenant, url_for("passwords.reset", token=request.token))
        text = _(
            "Hello {name},\n\nchoose a new password for {company} here within an hour:\n\n{link}\n\n"
            "If you did not ask for this, do nothing: your password stays as it is.\n",
            name=request.name,
            company=tenant.name,
            link=link,
        )
        mail = Mail(
            to=request.email, name=request.name, subject=_("New password for {company}", company=tenant.name), text=text
        )
    services().mailer.send(mail)


def _link(tenant: TenantFacts, path: str) -> str:
    """`path` may begin with the prefix that this request came by; mails have their own."""
    prefix = f"/t/{tenant.slug}"
    return tenant_url(tenant.slug, path.removeprefix(prefix))
