"""Why a customer cannot be saved or found."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound
from kernel.i18n import N_


class CustomerNotFound(NotFound):
    code = "customer_not_found"
    message = N_("There is no such customer.")


class CustomerNumberTaken(Conflict):
    code = "customer_number_taken"
    message = N_("There is a customer {number} already.")


class AddressInvalid(Invalid):
    """`problems` names each fault."""

    code = "address_invalid"
    message = N_("This address cannot be saved as it stands.")


class AddressUnknown(NotFound):
    code = "customer_address_not_found"
    message = N_("The customer has no such address.")


class ContactUnknown(NotFound):
    code = "contact_not_found"
    message = N_("The customer has no such contact.")


class ContactInvalid(Invalid):
    code = "contact_invalid"
    message = N_("This contact cannot be saved as it stands.")


class TermsInvalid(Invalid):
    code = "terms_invalid"
    message = N_("These terms cannot be saved as they stand.")


class GroupUnknown(Invalid):
    code = "customer_group_unknown"
    message = N_("There is no customer group {group}.")


class CreditAccountUnknown(Invalid):
    code = "credit_account_unknown"
    message = N_("There is no credit account {account}.")


class SiteInvalid(Invalid):
    """`problems` names each fault."""

    code = "site_invalid"
    message = N_("This site cannot be saved as it stands.")


class SiteUnknown(NotFound):
    code = "site_unknown"
    message = N_("The customer has no such site.")


class IdentityTaken(Conflict):
    code = "identity_taken"
    message = N_("{outside_id} of channel {channel} is customer {number} already.")


class IdentityInvalid(Invalid):
    code = "identity_invalid"
    message = N_("Say the channel and what the channel calls the customer.")


class IdentityUnknown(NotFound):
    code = "identity_unknown"
    message = N_("The customer is not known so in any channel.")
