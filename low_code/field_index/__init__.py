"""Fast filters, sorting and search by custom fields: slots, their upkeep, and the SQL that uses them."""
