"""`orderloom doctor`: what a person looks at first when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from kernel import settings
from kernel.schema.migrate import pending_on
from oms.receivables.checks import CHECKS
from tenants.scope import open_work
from web.process.runtime import application_engine, system_engine

_WAITING = "SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL AND created_at < now() - interval '1 minute'"
# Each finds rows that disagree; none is ever right.
LEDGERS = {
    "stock positions agree with promises": """
        SELECT p.sku_id FROM stock_positions p
        LEFT JOIN (SELECT sku_id, location_id, sum(quantity - released - shipped) AS promised FROM allocations
          WHERE tenant_id = %(t)s GROUP BY 1, 2) a USING (sku_id, location_id)
        WHERE p.tenant_id = %(t)s AND p.allocated <> coalesce(a.promised, 0) LIMIT 1""",
    "order lines agree with promises": """
        SELECT l.id FROM order_lines l
        LEFT JOIN (SELECT line_id, sum(quantity - released) AS promised FROM allocations
          WHERE tenant_id = %(t)s GROUP BY 1) a ON a.line_id = l.id
        WHERE l.tenant_id = %(t)s AND l.allocated <> coalesce(a.promised, 0) LIMIT 1""",
    "credit accounts agree with their ledger": """
        SELECT c.id FROM credit_accounts c
        LEFT JOIN (SELECT account_id,
            sum(amount) FILTER (WHERE bucket = 'open_orders') AS open_orders,
            sum(amount) FILTER (WHERE bucket = 'unbilled_shipments') AS unbilled,
            sum(amount) FILTER (WHERE bucket = 'open_invoices') AS open_invoices,
            sum(amount) FILTER (WHERE bucket = 'overdue') AS overdue,
            sum(amount) FILTER (WHERE bucket = 'unapplied_payments') AS unapplied
          FROM credit_entries WHERE tenant_id = %(t)s GROUP BY 1) e ON e.account_id = c.id
        WHERE c.tenant_id = %(t)s AND (c.open_orders <> coalesce(e.open_orders, 0)
          OR c.unbilled_shipments <> coalesce(e.unbilled, 0)
          OR c.open_invoices <> coalesce(e.open_invoices, 0) OR c.overdue <> coalesce(e.overdue, 0)
          OR c.unapplied_payments <> coalesce(e.unapplied, 0)) LIMIT 1""",
    "orders add up": """
        SELECT o.id FROM orders o JOIN (SELECT order_id, sum(gross) AS gross FROM order_lines
          WHERE tenant_id = %(t)s GROUP BY 1) l ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, sum(gross) AS gross FROM order_charges
          WHERE tenant_id = %(t)s GROUP BY 1) c ON c.order_id = o.id
        WHERE o.tenant_id = %(t)s AND o.total <> l.gross + coalesce(c.gross, 0) LIMIT 1""",
    "discounts agree with what promotions took off": """
        SELECT l.id FROM order_lines l
        LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM order_adjustments
          WHERE tenant_id = %(t)s GROUP BY 1) a ON a.line_id = l.id
        WHERE l.tenant_id = %(t)s AND l.discount <> coalesce(a.amount, 0) LIMIT 1""",
    "promotion counters cover what orders use": """
        SELECT c.id FROM promotion_counters c
        JOIN (SELECT promotion, sum(uses) AS uses, sum(amount) AS amount FROM promotion_redemptions
          WHERE tenant_id = %(t)s AND given_back_at IS NULL GROUP BY 1) r ON r.promotion = c.promotion
        WHERE c.tenant_id = %(t)s AND c.coupon = '' AND c.customer = ''
          AND (c.uses > r.uses OR c.amount > r.amount) LIMIT 1""",
    **CHECKS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    well: bool


def examine() -> list[Finding]:
    """Settings, servers, migrations, and each company's ledgers."""
    findings = [
        Finding(f"{setting.name} {'is set' if settings.get_optional(setting.name) is not None else 'is not set'}",
                settings.get_optional(setting.name) is not None)
        for setting in settings.SETTINGS
        if setting.default is None and setting.name != "DATABASE_OWNER_URL"
    ]  # fmt: skip
    if not all(finding.well for finding in findings):
        return findings
    engine, system = application_engine(), system_engine()
    findings += [_redis(), *_database(engine, system)]
    return findings


def _redis() -> Finding:
    try:
        redis.Redis.from_url(settings.get("REDIS_URL"), socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        return Finding(f"Redis does not answer: {error}", False)
    return Finding("Redis answers", True)


def _database(engine: Engine, system: Engine) -> list[Finding]:
    try:
        with engine.connect() as connection:
            may_bypass = connection.execute(
                text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            ).scalar()
            pending = pending_on(connection)
        with system.connect() as connection:
            companies = connection.execute(text("SELECT id, slug FROM tenants WHERE status = 'active'")).all()
            waiting = connection.execute(text(_WAITING)).scalar()
    except SQLAlchemyError as error:
        return [Finding(f"PostgreSQL: {error}", False)]
    findings = [
        Finding("the application's role is held by row security", not may_bypass),
        Finding(f"migrations missing: {', '.join(pending) or 'none'}", not pending),
        Finding(f"events that wait for the relay for more than a minute: {waiting}", not waiting),
    ]
    for company in companies:
        with open_work(engine, company.id) as work:
            findings += [
                Finding(f"{company.slug}: {what}", work.row(query, {"t": company.id}) is None)
                for what, query in LEDGERS.items()
            ]
    return findings
