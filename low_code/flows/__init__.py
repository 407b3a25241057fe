"""Approval flows: a pure step function over a block-structured tree, and its rows. See README.md."""
