"""A post's own page: /p/CODE/ or /reel/CODE/; the code is the id in base 64."""

from __future__ import annotations

import re

from crawler.platforms.instagram.web_listing import code_of
from crawler.reading.post_page import PostPage


def _path(post: str, _: str) -> str:
    return f"/p/{code_of(post)}/"


PAGE = PostPage(
    hosts=("instagram.com",),
    path=_path,
    named=(re.compile(r"/(?:p|reel|reels|tv)/([\w-]+)"),),
    elements=("main article",),
)
