"""Where one post's own public page is, and which element of it is the post."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import cast
from urllib.parse import urlsplit

from model.items import PostItem
from model.platform import PlatformName


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """One platform's; its folder offers it as `post_page.PAGE`."""

    hosts: tuple[str, ...]
    """Hosts of its public pages; those below them count too."""
    path: Callable[[str, str], str]
    """The path of a post's page from its id and its account's handle (empty: not known). Raises
    ShapeError for what is no id."""
    named: tuple[re.Pattern[str], ...]
    """What finds the name of a post in the path and query of an address; group 1 is the name."""
    elements: tuple[str, ...]
    """CSS selectors of the post, the best first; `{id}` stands for its name."""
    numbers: bool = True
    """Whether the page tells its numbers to visitors without an account."""

    def name_in(self, address: str) -> str | None:
        """What an address calls its post: an id or a short code; None if it is no post's."""
        parts = urlsplit(address)
        asked = f"{parts.path}?{parts.query}"
        found = (pattern.search(asked) for pattern in self.named)
        return next((match[1] for match in found if match), None)

    def at_home(self, host: str) -> bool:
        """Whether a host is one of the platform's."""
        host = host.lower().partition(":")[0]
        return any(host == home or host.endswith(f".{home}") for home in self.hosts)

    def is_of(self, post: PostItem, name: str) -> bool:
        """Whether a post is the one that an address calls `name`, or whose id it is."""
        if name in (post.id, post.id.rpartition("_")[2]):
            return True
        return post.url is not None and self.name_in(post.url) == name


@cache
def post_page(name: PlatformName) -> PostPage:
    """The platform's."""
    return cast(PostPage, import_module(f"crawler.platforms.{name}.post_page").PAGE)
