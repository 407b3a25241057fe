"""The configuration's lifecycle: draft, validate, publish, roll back. See README.md."""
