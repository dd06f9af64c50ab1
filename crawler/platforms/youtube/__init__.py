"""YouTube: the Data API v3, and logged out the public pages and feeds.

The Data API bills every list call with one unit, 10,000 a day and project by default; the day
ends at midnight Pacific time. `search` is never used.
"""
