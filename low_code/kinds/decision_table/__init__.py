"""A decision table over any subject."""
