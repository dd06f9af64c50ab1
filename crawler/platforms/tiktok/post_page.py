"""A video's own page: /@NAME/video/ID; the number alone decides, the name may be any."""

from __future__ import annotations

import re
from urllib.parse import quote

from crawler.errors import ShapeError
from crawler.reading.post_page import PostPage


def _path(post: str, handle: str) -> str:
    if not (post.isascii() and post.isdigit()):
        raise ShapeError("id", f"is no id of a video: {post[:40]!r}")
    return f"/@{quote(handle.removeprefix('@')) or '_'}/video/{post}"


PAGE = PostPage(
    hosts=("tiktok.com",),
    path=_path,
    named=(re.compile(r"/@[^/]*/(?:video|photo)/(\d+)"),),
    elements=(
        'article:has([data-e2e="browse-video-desc"])',
        "#main-content-video_detail",
        '[data-e2e="browse-video"]',
    ),
)
