"""Ranked conditions that stop, pass or annotate a subject."""
