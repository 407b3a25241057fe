"""What happens to orders of one type: which documents serve them, and which policies hold."""
