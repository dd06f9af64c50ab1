"""How: from a leased visit to a harvest. Never imports the store."""
