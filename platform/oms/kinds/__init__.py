"""Document kinds that only orders know. Each is a folder of one shape; see `low_code/kinds/README.md`."""
