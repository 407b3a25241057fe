"""Whether a customer takes his orders whole."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _
from oms.customers.queries import read_customer
from oms.customers.set_ship_complete import set_ship_complete
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.customers.blueprint import customers
from web.pages.row_ids import id_in
from web.pages.run_once import run_once


@customers.post("/<customer_id>/delivery")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def store_delivery(customer_id: str) -> ResponseReturnValue:
    whole = Form.sent().checked("ship_complete")

    def run(work: Work) -> tuple[str, str]:
        customer = read_customer(work, id_in("cus", customer_id))
        set_ship_complete(work, customer.number, whole)
        audit(work, "customer.ship_complete", "customer", customer_id, {"ship_complete": (None, str(whole))})
        return _("The customer is saved."), url_for("customers.show", customer_id=customer_id)

    return run_once(run)
