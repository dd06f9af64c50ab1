"""Scrapy spiders and what they work with: fetcher, politeness, credentials, bus workers."""
