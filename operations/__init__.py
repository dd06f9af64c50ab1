"""One module per use case that needs several packages."""
