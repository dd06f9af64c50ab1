"""Commands about the database as a whole."""
