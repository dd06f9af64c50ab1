"""What moved a score, what would, and how sure the ranks are."""
