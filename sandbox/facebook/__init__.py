"""One platform as the sandbox serves it: its API and its public pages."""
