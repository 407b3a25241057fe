"""How numbers such as SO-202611-000042 are made."""
