"""Commands about people: experts who rate, readers who get digests."""
