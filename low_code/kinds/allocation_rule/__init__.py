"""Which locations are preferred, and what happens where they cannot serve."""
