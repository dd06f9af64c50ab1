"""TikTok: Research API where a team was admitted to it, else the public pages."""
