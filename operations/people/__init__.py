"""What concerns people: experts who rate, readers who get digests."""
