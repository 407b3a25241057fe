"""Interprets JSON configuration at runtime; has never heard of an order."""
