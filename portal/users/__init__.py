"""Who may read: people, their sessions, tokens for programs, and what was changed by whom."""
