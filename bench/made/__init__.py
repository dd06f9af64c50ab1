"""What benchmarks work on: made-up accounts, posts, harvests and months."""
