"""Document kinds: one folder each, all of one shape. See README.md."""

from low_code.kinds.discover import discover

__all__ = ["discover"]
