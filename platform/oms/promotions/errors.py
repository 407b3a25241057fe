"""Why a promotion or a coupon cannot be used or saved."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class PromotionsTaken(Conflict):
    """Other orders took what was left of a promotion while this one was decided; ask again."""

    code = "promotions_taken"
    message = N_("Other orders have just used up a promotion. Please try again.")


class CouponNotFound(NotFound):
    code = "coupon_not_found"
    message = N_("There is no such coupon.")


class CouponPromotionUnknown(Invalid):
    """A coupon brings a promotion of the configuration in force that asks for a code."""

    code = "coupon_promotion_unknown"
    message = N_("There is no promotion “{promotion}” in force that asks for a coupon code.")


class CouponCustomerUnknown(Invalid):
    code = "coupon_customer_unknown"
    message = N_("There is no customer {customer}.")


class CouponCodeInvalid(Invalid):
    code = "coupon_code_invalid"
    message = N_("A coupon code has 3 to 40 letters, digits, hyphens or underscores; “{code}” does not.")


class CouponLimitInvalid(Invalid):
    code = "coupon_limit_invalid"
    message = N_("A limit of uses is a whole number from 1 on; leave it empty for none.")


class CouponValidityInverted(Invalid):
    code = "coupon_validity_inverted"
    message = N_("It ends before it begins.")
