"""A tenant's own fields on an entity."""
