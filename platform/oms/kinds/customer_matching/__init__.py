"""When a buyer is a customer that is known already."""
