"""When: which account or post is due, from what MongoDB knows. Nothing is one job per account."""
