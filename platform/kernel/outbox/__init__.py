"""Events that leave the database only because their transaction committed."""

from kernel.outbox.put import CHANNEL, put_event, put_message
from kernel.outbox.relay import Delivery

__all__ = ["CHANNEL", "Delivery", "put_event", "put_message"]
