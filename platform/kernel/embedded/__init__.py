"""PostgreSQL and Valkey as child processes, for `make demo`, `make test` and `make bench`."""

from kernel.embedded.postgres import OWNER, UNSAFE_FAST, EmbeddedPostgres
from kernel.embedded.valkey import EmbeddedValkey

__all__ = ["OWNER", "UNSAFE_FAST", "EmbeddedPostgres", "EmbeddedValkey"]
