"""Carts of portal users: what somebody is about to order for his company, on whatever device."""
