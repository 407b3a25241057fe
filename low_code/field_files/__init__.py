"""Files and pictures that custom fields hold. See README.md."""
