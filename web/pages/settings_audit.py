"""Settings: who did what, with before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from tenants.access.permissions import Permission
from tenants.access.queries import AuditFilter, AuditRow, audit_actions, audit_page
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.navigation import SETTINGS, NavEntry

bp = Blueprint("settings_audit", __name__, url_prefix="/settings/audit")
NAVIGATION = (NavEntry(N_("Audit log"), "history", "settings_audit.index", Permission.VIEW_AUDIT, 40, SETTINGS),)
_FIELDS = ("actor", "object", "action", "since", "until")

# What is logged, as people say it. An action without a sentence here is shown by its name.
_SENTENCES = {
    "tenant.create": N_("Company made"),
    "tenant.change": N_("Company settings changed"),
    "user.create": N_("User made"),
    "user.invite": N_("User invited"),
    "user.invitation_used": N_("Invitation taken up"),
    "user.change": N_("User changed"),
    "user.set_roles": N_("Roles of a user changed"),
    "user.change_profile": N_("Profile changed"),
    "user.change_password": N_("Password changed"),
    "user.reset_requested": N_("Password reset asked for"),
    "user.reset_password_used": N_("Password reset"),
    "user.sign_in": N_("Signed in"),
    "user.sign_in_refused": N_("Sign-in refused"),
    "user.sign_out_everywhere": N_("Signed out everywhere"),
    "user.totp_on": N_("Second step switched on"),
    "user.totp_off": N_("Second step switched off"),
    "user.totp_refused": N_("Code of the second step refused"),
    "role.create": N_("Role made"),
    "role.change": N_("Role changed"),
    "role.delete": N_("Role deleted"),
    "department.create": N_("Department made"),
    "department.change": N_("Department changed"),
    "department.delete": N_("Department deleted"),
    "approval.migrate": N_("Approval moved to the newest release"),
    "approval.transfer": N_("Approval passed on by an administrator"),
    "approval.call_off": N_("Approval called off by an administrator"),
    "delegation.create": N_("Stand-in set"),
    "delegation.revoke": N_("Stand-in ended"),
    "api_key.create": N_("API key made"),
    "api_key.revoke": N_("API key revoked"),
    "credit.change_limit": N_("Credit limit changed"),
    "receivable.post": N_("Receivable booked"),
    "receivable.apply": N_("Payment applied"),
    "receivable.unapply": N_("Payment taken off an invoice"),
    "receivable.invoice_order": N_("Invoice made of an order"),
    "receivable.credit_invoice": N_("Invoice credited"),
    "receivable.void_invoice": N_("Invoice taken back"),
    "receivable.receive_payment": N_("Payment booked"),
    "receivable.refund": N_("Money paid back"),
    "receivable.write_off": N_("Amount written off"),
    "credit.create_account": N_("Credit account made"),
    "credit.change_account": N_("Credit account changed"),
    "credit.raise_limit": N_("Credit limit raised for some days"),
    "credit.end_raise": N_("Temporary credit limit ended"),
    "credit.save_policy": N_("Credit policy saved"),
    "credit.drop_policy": N_("Credit policy of an account dropped"),
    "credit.set_group_limit": N_("Credit limit of a customer group changed"),
    "credit.release_order": N_("Order released from its credit hold"),
    "credit.stop_overdue": N_("Orders stopped for overdue invoices"),
    "credit.lift_stop": N_("Stop for overdue invoices lifted"),
    "dunning.save_steps": N_("Dunning steps saved"),
    "hold.assign": N_("The hold was assigned"),
    "review.service_times": N_("Service times changed"),
    "order_template.save": N_("Order template kept"),
    "order_template.remove": N_("Order template removed"),
    "order.note": N_("Note written"),
    "order.pin_note": N_("Note pinned or unpinned"),
    "order.attach": N_("File attached to an order"),
    "order.detach": N_("File removed from an order"),
    "stock.receive": N_("Stock received"),
    "stock.adjust": N_("Stock corrected"),
    "stock.transfer": N_("Stock transferred"),
    "import.upload": N_("Import uploaded"),
    "import.start": N_("Import started"),
    "import.cancel": N_("Import stopped"),
    "config.save_draft": N_("Draft of the configuration saved"),
    "config.delete_draft": N_("Draft of the configuration thrown away"),
    "config.publish": N_("Configuration published"),
    "config.propose": N_("Release proposed"),
    "config.schedule": N_("Release scheduled"),
    "config.approve_plan": N_("Proposed release agreed to"),
    "config.refuse_plan": N_("Proposed release refused"),
    "config.cancel_plan": N_("Planned release called off"),
    "config.start_backtest": N_("Backtest of drafts started"),
    "config.bring_over": N_("Released configuration brought over to production"),
    "config.cancel_backtest": N_("Backtest of drafts stopped"),
}


def action_label(action: str) -> str:
    """In the reader's language."""
    return _(_SENTENCES[action]) if action in _SENTENCES else action


@dataclass(slots=True, kw_only=True)
class ShownEntry:
    entry: AuditRow
    label: str


@dataclass(slots=True, kw_only=True)
class AuditPage:
    """actions: (name, label); chips: (label, url without it)"""

    entries: list[ShownEntry]
    form: Form
    actions: list[tuple[str, str]]
    chips: list[tuple[str, str]]
    newer_url: str | None
    older_url: str | None


@bp.get("")
@requires(Permission.VIEW_AUDIT)
def index() -> ResponseReturnValue:
    asked = {name: request.args.get(name, "").strip() for name in _FIELDS}
    before, after = _cursor("before"), _cursor("after")
    with current_work() as work:
        wanted = AuditFilter(
            actor=asked["actor"],
            object_id=asked["object"],
            action=asked["action"],
            since=_midnight(asked["since"], work.tenant.zone),
            until=_midnight(asked["until"], work.tenant.zone, days=1),
            before=before,
            after=after,
        )
        entries, more = audit_page(work, wanted)
        actions = audit_actions(work)
    has_newer = bool(entries) and (more if after else before is not None)
    has_older = bool(entries) and (True if after else more)
    page = AuditPage(
        entries=[ShownEntry(entry=entry, label=action_label(entry.action)) for entry in entries],
        form=Form.of(**asked),
        actions=[(action, action_label(action)) for action in actions],
        chips=_chips(asked),
        newer_url=_url(asked, after=to_text("aud", entries[0].id)) if has_newer else None,
        older_url=_url(asked, before=to_text("aud", entries[-1].id)) if has_older else None,
    )
    return render_template("settings/audit.html", page=page)


def _cursor(name: str) -> UUID | None:
    return from_text("aud", request.args.get(name, ""))


def _midnight(text: str, zone: str, *, days: int = 0) -> datetime | None:
    """The beginning of a day in the tenant's zone; what is no day does not filter."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), ZoneInfo(zone))
    except ValueError:
        return None


def _chips(asked: dict[str, str]) -> list[tuple[str, str]]:
    labels = {
        "actor": _("Who: {value}"),
        "object": _("Object: {value}"),
        "action": _("What: {value}"),
        "since": _("From {value}"),
        "until": _("Until {value}"),
    }
    shown = {**asked, "action": action_label(asked["action"])}
    return [(labels[name].format(value=shown[name]), _url({**asked, name: ""})) for name in _FIELDS if asked[name]]


def _url(asked: dict[str, str], **cursor: str) -> str:
    arguments = {**{name: value for name, value in asked.items() if value}, **cursor}
    return url_for("settings_audit.index", **arguments)  # type: ignore[arg-type]
