"""Document kinds: one folder each, all of one shape. See README.md."""
