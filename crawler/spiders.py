"""The spiders that `scrapy list` shows: one for every platform."""

from __future__ import annotations

from crawler.engine.spider import VisitSpider
from model.platform import PLATFORMS

for _name in PLATFORMS:
    _class = f"{_name.title()}Spider"
    globals()[_class] = type(_class, (VisitSpider,), {"name": _name, "__module__": __name__})
