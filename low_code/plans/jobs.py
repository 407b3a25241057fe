"""Publishes what is due, and tells people."""

from __future__ import annotations

from kernel import settings
from kernel.db import Work
from kernel.i18n import N_, translate
from kernel.ids import from_text
from kernel.jobs import consumes, every
from kernel.mail import Mail, mailer_for
from kernel.outbox import Delivery
from low_code.plans.plan_release import PROPOSED
from low_code.plans.publish_due import ENDED, publish_due
from low_code.plans.queries import Plan, read_plan
from tenants.access.permissions import Permission

SUBJECTS = {
    "waiting": N_("{company}: a release waits for your decision"),
    "published": N_("{company}: release {release} is in force"),
    "failed": N_("{company}: the planned release was not published"),
    "void": N_("{company}: the planned release is void"),
}
TEXTS = {
    "waiting": N_("Hello {name},\n\n{author} proposes a release of the configuration: {notes}\n\n{link}\n"),
    "published": N_("Hello {name},\n\nyour planned release was published as release {release}.\n\n{link}\n"),
    "failed": N_("Hello {name},\n\nyour planned release was not published: {reason}\n\n{link}\n"),
    "void": N_("Hello {name},\n\nyour planned release is void: {reason}\n\n{link}\n"),
}
NO_NOTES = N_("(no notes)")

_DECIDERS = """
SELECT DISTINCT u.email, u.name, u.locale FROM users u
JOIN user_roles ur ON ur.tenant_id = u.tenant_id AND ur.user_id = u.id
JOIN roles r ON r.tenant_id = ur.tenant_id AND r.id = ur.role_id
WHERE u.tenant_id = %(tenant)s AND u.active AND u.kind = 'staff' AND %(permission)s = ANY(r.permissions)
  AND u.id IS DISTINCT FROM %(author)s
"""
_AUTHOR = "SELECT email, name, locale FROM users WHERE tenant_id = %(tenant)s AND id = %(author)s AND active"


@every(seconds=15, name="config.publish_due")
def publish_what_is_due(work: Work) -> None:
    publish_due(work)


@consumes(PROPOSED, name="plans.mail_deciders", queue="mail")
def mail_deciders(work: Work, delivery: Delivery) -> None:
    """Tells everybody who may decide, except who proposed it."""
    plan = _plan_of(work, delivery)
    if plan.state == "waiting":
        parameters = {"tenant": work.tenant_id, "permission": Permission.PUBLISH_CONFIG, "author": plan.proposed_by}
        for person in work.rows(_DECIDERS, parameters):
            _send(work, plan, person)


@consumes(ENDED, name="plans.mail_author", queue="mail")
def mail_author(work: Work, delivery: Delivery) -> None:
    """Tells the author what became of it while nobody watched."""
    plan = _plan_of(work, delivery)
    person = work.row(_AUTHOR, {"tenant": work.tenant_id, "author": plan.proposed_by})
    if person is not None and plan.state in TEXTS:
        _send(work, plan, person)


def _plan_of(work: Work, delivery: Delivery) -> Plan:
    plan_id = from_text("pln", delivery.payload["plan_id"])
    assert plan_id is not None
    return read_plan(work, plan_id)


def _send(work: Work, plan: Plan, person: object) -> None:
    email, name, locale = (getattr(person, part) for part in ("email", "name", "locale"))
    failure = plan.failure or {}
    facts = {
        "company": work.tenant.name, "name": name, "author": plan.proposed_by_name, "release": plan.release,
        "notes": plan.notes or translate(NO_NOTES, locale), "link": _link(work),
        "reason": translate(failure.get("message", ""), locale, failure.get("facts", {})) if failure else "",
    }  # fmt: skip
    mail = Mail(
        to=email, name=name, subject=translate(SUBJECTS[plan.state], locale, facts),
        text=translate(TEXTS[plan.state], locale, facts),
    )  # fmt: skip
    mailer_for(settings.get("ORDERLOOM_MAIL"), settings.get("ORDERLOOM_MAIL_FROM")).send(mail)


def _link(work: Work) -> str:
    base = settings.get("ORDERLOOM_PUBLIC_URL")
    slug = work.tenant.slug
    return f"{base.replace('{slug}', slug) if '{slug}' in base else f'{base}/t/{slug}'}/builder/plans"
