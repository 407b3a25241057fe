"""What every page and every API endpoint stands on. See README.md."""
