"""Idempotency records: same key and body, same answer."""
