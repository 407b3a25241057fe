"""Which orders become several."""
