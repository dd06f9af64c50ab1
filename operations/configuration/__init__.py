"""The settings' keys as people write them, and what is said of wrong ones."""
