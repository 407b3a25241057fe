"""The customer portal: what a distributor's people see. Each page is a blueprint of its own."""
