"""World files: what the platforms show, how it is read and generated."""
