"""X's public pages: what a logged-out reader is served as HTML.

A profile page names its counters in a `ProfilePage` of schema.org (JSON-LD). An embedded timeline
holds posts of the old API under `__NEXT_DATA__`; it is neither complete nor in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler.errors import ShapeError
from crawler.platforms.x import web_post
from crawler.platforms.x.web_map import Row, map_rows
from crawler.reading.html_json import page_text, scripts
from crawler.reading.public import obstacle
from crawler.reading.shape import count, decode, dig, ident, instant, optional_text, walk
from model.count import Count
from model.items import AccountItem, Mapped
from model.route import Route

_COUNTERS = {"FollowAction": "followers", "WriteAction": "posts"}
_WALLS = ("log in to x", "log in to twitter", "login / x")


def map_page(body: bytes, observed_at: datetime) -> Mapped:
    """Maps a page by the data inside it. Raises CrawlError, for walls and challenges too."""
    html = page_text(body)
    documents = list(_documents(html))
    profiles = [found for document in documents for found in walk(document, _is_profile)]
    if profiles:
        path, profile = profiles[0]
        return Mapped(shape="x.page.profile", accounts=(_account(profile, path, observed_at),))
    posts = [
        Row(f"{path}.content.tweet", web_post.modern(tweet))
        for document in documents
        for path, entry in walk(document, _is_entry)
        for tweet in [entry["content"]["tweet"]]
    ]
    if posts:
        return map_rows(posts, [], None, observed_at)
    raise obstacle(html, _WALLS, login_marks=("/i/flow/login",))


def _documents(html: str) -> Iterator[Any]:
    for script in scripts(html):
        if script.holds_json:
            try:
                yield decode(script.text.encode())
            except ShapeError:
                continue


def _is_entry(obj: dict[str, Any]) -> bool:
    """One entry of an embedded timeline; what its post reposts or quotes is no entry."""
    tweet = dig(obj, "content", "tweet")
    return isinstance(tweet, dict) and web_post.is_old(tweet)


def _is_profile(obj: dict[str, Any]) -> bool:
    return obj.get("@type") == "ProfilePage" and isinstance(obj.get("mainEntity"), dict)


def _account(profile: dict[str, Any], path: str, observed_at: datetime) -> AccountItem:
    """Exact counters; "Friends" (whom it follows) shares its action with "Follows"."""
    person, at = profile["mainEntity"], f"{path}.mainEntity".removeprefix(".")
    created = profile.get("dateCreated")
    return AccountItem(
        platform="x",
        id=ident(person.get("identifier"), f"{at}.identifier"),
        handle=optional_text(person, "additionalName", at),
        name=optional_text(person, "givenName", at),
        created_at=None if created is None else instant(created, f"{path}.dateCreated"),
        observed_at=observed_at,
        source=Route.WEB,
        counts=_counts(person, at),
    )


def _counts(person: dict[str, Any], path: str) -> dict[str, Count]:
    listed = person.get("interactionStatistic")
    counts = {"posts": Count.not_read()}
    for place, one in enumerate(listed if isinstance(listed, list) else []):
        action = str(dig(one, "interactionType", "@type") or dig(one, "interactionType"))
        name = _COUNTERS.get(action.rpartition("/")[2])
        if name and dig(one, "name") != "Friends":
            at = f"{path}.interactionStatistic[{place}]"
            counts[name] = count(one, "userInteractionCount", at)
    if counts.get("followers", Count.not_read()).value is None:
        raise ShapeError(f"{path}.interactionStatistic", "names no number of followers")
    return counts
