"""What the command line does, one module per group of commands; `web/cli.py` only names and parses them."""
