"""Which grade and tags customers have."""
