"""Scrapy's settings: lean, and hardened against what it would open by default."""

from __future__ import annotations

import logging
from typing import Any

_HANDLER = "crawler.engine.proxied_handler.ProxiedHandler"
_OFF = (
    "offsite.OffsiteMiddleware",
    "robotstxt.RobotsTxtMiddleware",
    "httpauth.HttpAuthMiddleware",
    "retry.RetryMiddleware",
    "redirect.MetaRefreshMiddleware",
    "redirect.RedirectMiddleware",
    "cookies.CookiesMiddleware",
    "httpproxy.HttpProxyMiddleware",
    "httpcache.HttpCacheMiddleware",
    "downloadtimeout.DownloadTimeoutMiddleware",
    "stats.DownloaderStats",
)
"""Redirects would lead to foreign hosts, cookies would make visits depend on one another; retries
are the fetcher's, which knows what each platform's errors mean, and so are time limits; nobody
reads the downloader's statistics."""


def base_settings(user_agent: str, concurrency: int, log_level: str = "WARNING") -> dict[str, Any]:
    """Settings for all spiders of a process."""
    # The engine writes a line for each answer, which is dropped only after it is made.
    logging.getLogger("scrapy").setLevel(log_level)
    return {
        "BOT_NAME": "cityreach",
        "SPIDER_MODULES": ["crawler.spiders"],
        "USER_AGENT": user_agent,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        # Scrapy 2.19 opens an HTTP server that runs Python sent to it, and a telnet console.
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "ROBOTSTXT_OBEY": False,
        "COOKIES_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "RETRY_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": 0,
        # Addresses come from answers as well: nothing but HTTP is ever opened.
        "DOWNLOAD_HANDLERS": {
            **dict.fromkeys(("data", "file", "ftp", "s3")),
            **dict.fromkeys(("http", "https"), _HANDLER),
        },
        "DOWNLOAD_MAXSIZE": 32 * 1024 * 1024,
        "DOWNLOADER_MIDDLEWARES": {f"scrapy.downloadermiddlewares.{name}": None for name in _OFF},
        "LOG_LEVEL": log_level,
        "LOGSTATS_INTERVAL": 0,
    }
