"""What people do for an issue: experts rate."""
