"""Commands about people: the experts who rate."""
