"""A post's own page: /PAGE/posts/ID, /PAGE/videos/ID, /reel/ID, /permalink.php?story_fbid=ID."""

from __future__ import annotations

import re

from crawler.errors import ShapeError
from crawler.reading.post_page import PostPage

_ID = re.compile(r"(\d+)_(\d+)")


def _path(post: str, _: str) -> str:
    """The page's id is the first part of the post's."""
    match = _ID.fullmatch(post)
    if match is None:
        raise ShapeError("id", f"is no id of a post (PAGE_NUMBER): {post[:40]!r}")
    return f"/{match[1]}/posts/{match[2]}"


PAGE = PostPage(
    hosts=("facebook.com",),
    path=_path,
    named=(
        re.compile(r"/(?:posts|videos)/(?:[^/?]+/)?(\w+)/?\?"),
        re.compile(r"/reel/(\d+)"),
        re.compile(r"[?&](?:story_fbid|v)=(\w+)"),
    ),
    # Comments are articles too, inside the post's.
    elements=('[role="article"]:not([role="article"] *):not([aria-label^="Comment"])',),
)
