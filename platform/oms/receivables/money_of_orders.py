"""What was paid, credited and invoiced of orders: derived anew from the items after every booking."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.credit.rebook_order import rebook_order
from oms.orders.record import roll_up_money

# Paid: what payments settle of the order's invoices, and what of its own payments is still open.
_MONEY = """
UPDATE orders o SET
  paid_total = greatest(coalesce((SELECT sum(x.amount) FROM receivables i
      JOIN receivable_applications x ON x.tenant_id = %(tenant)s AND x.invoice_id = i.id
      JOIN receivables p ON p.tenant_id = %(tenant)s AND p.id = x.payment_id AND p.kind = 'payment'
      WHERE i.tenant_id = %(tenant)s AND i.order_id = o.id AND i.kind = 'invoice'), 0)
    + coalesce((SELECT sum(-p.open_amount) FROM receivables p
      WHERE p.tenant_id = %(tenant)s AND p.order_id = o.id AND p.kind = 'payment'), 0), 0),
  credited_total = coalesce((SELECT sum(-c.amount) FROM receivables i
      JOIN receivables c ON c.tenant_id = %(tenant)s AND c.invoice_id = i.id AND c.kind = 'credit_note'
      WHERE i.tenant_id = %(tenant)s AND i.order_id = o.id AND NOT i.voided), 0),
  invoiced_total = coalesce((SELECT sum(i.amount) FROM receivables i
      WHERE i.tenant_id = %(tenant)s AND i.order_id = o.id AND i.kind = 'invoice' AND NOT i.voided), 0)
WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s)
"""
_PREPAID = """
SELECT o.id, o.credit_exposed, o.paid_total, o.invoiced_total, o.total, a.id AS account_id FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
JOIN credit_accounts a ON a.tenant_id = %(tenant)s AND a.currency = o.currency
  AND a.id = coalesce(o.credit_account_id, c.credit_account_id)
WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s) AND o.status IN ('placed', 'closed')
  AND o.total > 0 AND o.prepay_required >= o.total
ORDER BY o.id
"""


def derive_money(work: Work, order_ids: Iterable[UUID | None]) -> None:
    """Brings the orders' money up to date. The orders and their accounts were locked before.

    An order that is paid in advance counts to credit with what is paid for it and not invoiced yet: the payment waits
    as unapplied, so both together are no risk and no room for others.
    """
    wanted = sorted({order_id for order_id in order_ids if order_id is not None})
    if not wanted:
        return
    parameters = {"tenant": work.tenant_id, "orders": wanted}
    work.execute(_MONEY, parameters)
    roll_up_money(work, wanted)
    for order in work.rows(_PREPAID, parameters):
        left = max(order.total - order.invoiced_total, Decimal(0))
        paid = max(order.paid_total - order.invoiced_total, Decimal(0))
        rebook_order(
            work, order.id, order.account_id, exposed=order.credit_exposed, exposure=min(paid, left),
            cause="order_prepaid",
        )  # fmt: skip
