"""Custom values of the domain's rows: judged, completed and kept. See README.md."""
