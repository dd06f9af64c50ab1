"""A post of www.facebook.com as its pages embed it for visitors without an account, as a row.

Its sections say who and when, `web_counters` how much; `web_story` says what belongs to a post.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crawler.platforms.facebook.api_parts import FIRST_YEAR
from crawler.platforms.facebook.web_counters import counts_of, kinds_of
from crawler.platforms.facebook.web_story import Feedbacks, Placed, feedback_of, sections_of
from crawler.reading.shape import child, dig, epoch, ident, member, walk
from model.items import PostItem, PostType
from model.route import Route

_OF_A_POST = re.compile(r"/(?:posts|videos|reel|permalink|photos)[/.]")
_TIMED = re.compile(r"\.(?:context_layout|timestamp)\b")
"""Sections that say when a post was published, before all others."""
_SHOWN_ONLY = re.compile(r"(?:^|[.\]])(?:\w*story|\w*comments?|feedback)(?=[.\[]|$)")
"""Below an attachment: what it shows or names of other posts."""
_TYPENAMES = {"Photo": PostType.PHOTO, "Video": PostType.VIDEO}


def map_story(
    obj: dict[str, Any],
    path: str,
    elsewhere: Feedbacks,
    pages: Mapping[str, str],
    observed_at: datetime,
) -> PostItem:
    """A post; `pages` knows page ids by profile ids, `elsewhere` the feedback outside of posts.

    Raises ShapeError.
    """
    key = ident(member(obj, "post_id", path), child(path, "post_id"))
    sections = sections_of(obj, path)
    feedbacks = [*feedback_of(sections, key), *elsewhere.get(key, ())]
    owner = _owner(sections, pages)
    kind = _type(sections, key)
    return PostItem(
        platform="facebook",
        id=f"{owner}_{key}" if owner else key,
        account=owner,
        published_at=_published(sections, key),
        type=kind,
        text=_text(sections),
        url=_address(sections),
        observed_at=observed_at,
        source=Route.WEB,
        counts=counts_of(feedbacks, kind),
        reactions=kinds_of(feedbacks),
    )


def _owner(sections: Iterable[Placed], pages: Mapping[str, str]) -> str | None:
    """The page that published a post; a profile stands for it since 2021."""
    for path, section in sections:
        actor = dig(section, "actors", 0, "id")
        if actor is not None:
            owner = ident(actor, child(path, "actors[0].id"))
            return pages.get(owner, owner)
    return None


def _published(sections: list[Placed], number: str) -> datetime:
    """By the section of the time, else by any other of the post, else by the reel that it is."""
    timed = sorted(sections, key=lambda placed: _TIMED.search(placed[0]) is None)
    path, story = sections[0]
    reels = ((path, reel) for reel in _own_reels(sections, number))
    for at, section in (*timed, *reels):
        made = section.get("creation_time")
        if made is not None:
            return epoch(made, child(at, "creation_time"), first_year=FIRST_YEAR)
    return epoch(member(story, "creation_time", path), path)


def _own_reels(sections: Iterable[Placed], number: str) -> Iterator[dict[str, Any]]:
    """The reel that a post is, rather than one that it shows."""
    for reel in _attached(sections, "fb_shorts_story"):
        if isinstance(reel, dict) and str(reel.get("post_id")) == number:
            yield reel


def _text(sections: Iterable[Placed]) -> str | None:
    texts = (dig(section, "message", "text") for _, section in sections)
    return next((text for text in texts if isinstance(text, str)), None)


def _address(sections: list[Placed]) -> str | None:
    """The post's own address, by whichever section names it."""
    named = (
        section.get(key) for key in ("wwwURL", "permalink_url", "url") for _, section in sections
    )
    return next((a for a in named if isinstance(a, str) and _OF_A_POST.search(a)), None)


def _attached(sections: Iterable[Placed], key: str) -> Iterator[Any]:
    """What the attachments of a post hold under a key; not what they show of other posts."""
    for _, section in sections:
        attachments = section.get("attachments")
        for path, found in walk(attachments, lambda obj: obj.get(key) is not None):
            if not _SHOWN_ONLY.search(path):
                yield found[key]


def _type(sections: list[Placed], number: str) -> PostType | None:
    address = str(_address(sections))
    if "/reel/" in address or any(_own_reels(sections, number)):
        return PostType.REEL
    media = [held for held in _attached(sections, "media") if isinstance(held, dict)]
    if any(held.get("is_live_streaming") or held.get("broadcast_status") for held in media):
        return PostType.LIVE
    albums = _attached(sections, "all_subattachments")
    if any(dig(album, "nodes", 1) is not None for album in albums):
        return PostType.ALBUM
    names = (_TYPENAMES.get(str(held.get("__typename"))) for held in media)
    named = next((name for name in names if name is not None), None)
    if named is not None or media:
        return named
    if any(_attached(sections, "external_url")):
        return PostType.LINK
    return PostType.VIDEO if "/videos/" in address else None
