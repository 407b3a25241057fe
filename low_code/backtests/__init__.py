"""The draft against the tenant's own history, before it goes live. See README.md."""
