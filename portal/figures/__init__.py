"""What pages and API show of months, cities, accounts and posts, as plain data."""
