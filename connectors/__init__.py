"""The outside world: one folder per remote system, one shape, one conformance suite."""
