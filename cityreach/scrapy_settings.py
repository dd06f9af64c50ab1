"""What `scrapy list` and `scrapy crawl` use; see scrapy.cfg."""

from __future__ import annotations

from cityreach.secrecy import guard_process
from cityreach.settings import command_settings
from operations.running.crawling import scrapy_values

guard_process()
_settings = command_settings()
_uri = _settings.redis_uri.get_secret_value() if _settings.redis_uri else "redis://127.0.0.1:6379/0"

globals().update(scrapy_values(_settings, _uri))
