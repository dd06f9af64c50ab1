"""A post's own page: /NAME/status/ID; the number alone decides, the name may be any."""

from __future__ import annotations

import re
from urllib.parse import quote

from crawler.errors import ShapeError
from crawler.reading.post_page import PostPage


def _path(post: str, handle: str) -> str:
    if not (post.isascii() and post.isdigit()):
        raise ShapeError("id", f"is no id of a post: {post[:40]!r}")
    return f"/{quote(handle.removeprefix('@')) or 'i'}/status/{post}"


PAGE = PostPage(
    hosts=("x.com", "twitter.com"),
    path=_path,
    named=(re.compile(r"/[^/]+/status/(\d+)"),),
    # Above an answer stands the post that it answers.
    elements=(
        'article[data-testid="tweet"]:has(a[href*="/status/{id}"])',
        'article[data-testid="tweet"]',
    ),
    numbers=False,
)
