"""A decision table whose outputs change prices."""
