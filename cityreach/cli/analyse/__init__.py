"""Commands that explain, compare and test a month's numbers."""
