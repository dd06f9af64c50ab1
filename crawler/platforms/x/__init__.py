"""X: official API v2; logged out, the public pages show profiles only."""
