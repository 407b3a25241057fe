"""The domain of order management, one folder per capability."""
