"""An expression with a name, used by others as `{"use": key}`."""
