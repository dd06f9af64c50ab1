"""Requests: who asks, in which language, whether the route is open, what every answer carries."""
