"""What is taken off a priced subject: for whom, for which of its lines, within which limits."""
