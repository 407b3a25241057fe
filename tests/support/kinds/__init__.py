"""Kinds that only tests have: what it takes to add one is this folder and nothing else."""
