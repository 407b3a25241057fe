"""A sentence for some orders."""
