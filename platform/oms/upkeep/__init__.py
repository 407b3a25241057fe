"""Custom values of rows that are there already: changed by people, computed anew, indexed, purged. See README.md."""
