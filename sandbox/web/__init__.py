"""The platforms' public pages, as somebody without an account is shown them, below `/web/`."""
