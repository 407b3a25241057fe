"""A tenant's own fields on pages: as inputs, as what was typed, as people read them."""
