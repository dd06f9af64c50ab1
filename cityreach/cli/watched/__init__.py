"""Who is watched: the registry of accounts, and which of them rest or are removed."""
