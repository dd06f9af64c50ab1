"""What is missing or doubtful: gaps and flags."""
