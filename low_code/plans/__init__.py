"""Releases that wait: for a second person, or for their hour. See README.md."""
