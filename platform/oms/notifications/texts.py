"""What mails say, in both languages. {holes} are filled from the event and the order."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.i18n import N_


@dataclass(frozen=True, slots=True)
class MailText:
    subject: str
    body: str


TEXTS: dict[str, MailText] = {
    "order.placed": MailText(
        N_("Order {number}: we have received it"),
        N_("Hello {name},\n\nwe have received your order {number} over {currency} {total}.\n\n{company}"),
    ),
    "order.released": MailText(
        N_("Order {number}: it goes on"),
        N_("Hello {name},\n\nyour order {number} has been checked and goes on.\n\n{company}"),
    ),
    "order.returned": MailText(
        N_("Order {number}: please look at it again"),
        N_("Hello {name},\n\nyour order {number} came back from approval: {comment}\n\n{company}"),
    ),
    "order.cancelled": MailText(
        N_("Order {number}: it is cancelled"),
        N_("Hello {name},\n\nyour order {number} has been cancelled.\n\n{company}"),
    ),
}
