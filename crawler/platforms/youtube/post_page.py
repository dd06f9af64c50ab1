"""A video's own page: /watch?v=ID; for shorts and live videos too."""

from __future__ import annotations

import re

from crawler.errors import ShapeError
from crawler.reading.post_page import PostPage

_ID = re.compile(r"[\w-]{11}")


def _path(post: str, _: str) -> str:
    if not _ID.fullmatch(post):
        raise ShapeError("id", f"is no id of a video: {post[:40]!r}")
    return f"/watch?v={post}"


PAGE = PostPage(
    hosts=("youtube.com",),
    path=_path,
    named=(
        re.compile(r"^/watch\?(?:[^#]*&)?v=([\w-]{11})"),
        re.compile(r"/(?:shorts|live)/([\w-]{11})"),
    ),
    # The player with what stands below it; not what is recommended beside it.
    elements=("#primary", "ytd-reel-video-renderer[is-active]"),
)
