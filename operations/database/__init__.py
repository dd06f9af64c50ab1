"""The database as a whole: backup, restore, upgrade, and how it grows."""
