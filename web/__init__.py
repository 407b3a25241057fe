"""All HTTP, and the composition root."""
