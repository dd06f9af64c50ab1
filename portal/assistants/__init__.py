"""For assistants: published numbers by the Model Context Protocol, under a token's rights."""
