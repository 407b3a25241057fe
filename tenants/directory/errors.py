"""Expected failures of the directory of tenants."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid


class SlugTaken(Conflict):
    code = "slug_taken"
    message = "Another company already uses the address {slug}."


class HostTaken(Conflict):
    code = "host_taken"
    message = "Another company already uses the host {host}."


class SlugMalformed(Invalid):
    code = "slug_malformed"
    message = "An address is 2 to 40 lower-case letters, digits and hyphens, and starts with a letter."


class ZoneUnknown(Invalid):
    code = "zone_unknown"
    message = "There is no time zone called {zone}."


class CurrencyUnknown(Invalid):
    code = "currency_unknown"
    message = "There is no currency called {currency}."
