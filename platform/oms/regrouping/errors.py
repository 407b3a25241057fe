"""Why orders cannot be split, merged or put back."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class OrderSealed(Conflict):
    """The order may be neither split nor merged, and says why."""

    code = "order_sealed"
    message = N_("Order {number} cannot be split or merged: {because}.")


class NothingToSplit(Invalid):
    code = "nothing_to_split"
    message = N_("Say of at least one line how many units go to another order, and leave something in this one.")


class TooManyUnits(Invalid):
    code = "too_many_units"
    message = N_("Line {line} has only {units} units that can go to another order.")


class TooManyOrders(Invalid):
    code = "too_many_orders"
    message = N_("At most {most} orders at once.")


class OrdersDiffer(Conflict):
    """Two orders that may not become one."""

    code = "orders_differ"
    message = N_("Orders {number} and {other} cannot be merged: {because}.")


class OneOrder(Invalid):
    code = "one_order"
    message = N_("A merge needs at least two orders.")


class MoveNotFound(NotFound):
    code = "move_not_found"
    message = N_("There is no such split or merge of this order.")


class MoveStands(Conflict):
    """It cannot be undone any more."""

    code = "move_stands"
    message = N_("This cannot be undone: {because}.")
