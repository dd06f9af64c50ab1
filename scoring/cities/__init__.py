"""Cities as units: the tables that methods need, from measures and imported values."""
