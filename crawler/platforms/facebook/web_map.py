"""Public answers of www.facebook.com as rows: pages with embedded JSON, GraphQL, descriptions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.errors import CrawlError, GiveUp, ShapeError
from crawler.platforms.facebook import web_mobile
from crawler.platforms.facebook.web_post import map_story
from crawler.platforms.facebook.web_story import feedback_elsewhere, stories
from crawler.platforms.facebook.web_stream import Stream
from crawler.reading.html_json import is_markup, page_text
from crawler.reading.meta_pages import metas, refusal_of
from crawler.reading.numbers import exact, parse
from crawler.reading.rows import readable
from crawler.reading.shape import child, dig, ident, optional_text, walk, whole
from model.count import Count
from model.items import AccountItem, Mapped, PostItem
from model.messages import Outcome
from model.route import Route

_LIKES = re.compile(r"(?<![\w.,])(\d[\d.,\u00a0\u202f']{0,30}(?:\s?[KMB])?) likes(?=\s*(?:·|\.|$))")
_FOLLOWERS = re.compile(r"follower", re.IGNORECASE)
_PAGE_ID = re.compile(r"fb://(?:page|profile)/(\d{1,25})")
_HANDLE = re.compile(r"facebook\.com/([A-Za-z0-9.]{1,50})/?(?:$|[?#])")
_PAGE_INFO = re.compile(r"timeline\w{0,40}\.page_info$", re.IGNORECASE)
_HEADER = re.compile(r"profile_header|\.user$")


def map_stream(body: bytes, stream: Stream, observed_at: datetime) -> Mapped | None:
    """What a public answer shows; None if there is nothing of Facebook in it."""
    page, documents = page_text(body), stream.documents
    if web_mobile.is_mobile(page):
        return web_mobile.map_mobile(documents, page if is_markup(body) else "", observed_at)
    scraped = _scraped(documents, observed_at)
    if scraped:
        return Mapped(shape="facebook.scraped", accounts=scraped)
    posts, failed = _posts(documents, observed_at)
    account = _account(documents, metas(page) if is_markup(body) else {}, observed_at)
    next_page = list_end(documents)
    if not (posts or failed or account) and (next_page is None or not stream.lost):
        return None
    if failed and not (posts or account):
        raise ShapeError(failed[0])
    return Mapped(
        shape="facebook.web",
        accounts=(account,) if account else (),
        posts=posts,
        unmapped=(*failed, *stream.lost),
        next=next_page.cursor if next_page else None,
    )


def _posts(
    documents: list[Any], observed_at: datetime
) -> tuple[tuple[PostItem, ...], tuple[str, ...]]:
    """Every post once, and what could not be read; what a post shares or names is no post of its
    own. A post none of whose counters could be read is a row and named.
    """
    elsewhere = feedback_elsewhere(documents)
    pages = owners(documents)
    failed: list[ShapeError] = []
    posts: dict[str, tuple[str, PostItem]] = {}
    for path, post in readable(
        stories(documents),
        lambda obj, path: (path, map_story(obj, path, elsewhere, pages, observed_at)),
        failed,
    ):
        posts.setdefault(post.id.rpartition("_")[2], (path, post))
    uncounted = [f"{path}.feedback" for path, post in posts.values() if not _is_counted(post)]
    rows = tuple(post for _, post in posts.values())
    return rows, (*(error.path for error in failed), *uncounted)


def _is_counted(post: PostItem) -> bool:
    return any(count.value is not None for count in post.counts.values())


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What a part of the timeline says about the posts after it."""

    more: bool
    cursor: str | None


def list_end(documents: list[Any]) -> PageInfo | None:
    """The timeline's own page info; None if none came."""
    for path, info in walk(documents, lambda obj: isinstance(obj.get("has_next_page"), bool)):
        if _PAGE_INFO.search(path):
            more, cursor = info["has_next_page"], info.get("end_cursor")
            return PageInfo(more, cursor if more and isinstance(cursor, str) else None)
    return None


def owners(documents: list[Any]) -> dict[str, str]:
    """Page ids by the ids of the profiles that stand for them since 2021."""
    found = walk(documents, lambda obj: dig(obj, "delegate_page", "id") is not None)
    return {str(obj.get("id")): str(obj["delegate_page"]["id"]) for _, obj in found}


def _account(
    documents: list[Any], described: dict[str, str], observed_at: datetime
) -> AccountItem | None:
    """The page a profile is about: likes by its description, followers as people read them."""
    likes = _likes(described.get("og:description") or described.get("description", ""))
    followers = _followers(documents)
    if likes is None and followers is None:
        return None
    handle = _HANDLE.search(described.get("og:url", ""))
    return AccountItem(
        platform="facebook",
        id=_page_id(documents, described),
        handle=handle[1] if handle else None,
        name=described.get("og:title"),
        observed_at=observed_at,
        source=Route.WEB,
        counts={
            "followers": followers or Count.not_read(),
            "likes": likes or Count.not_read(),
            "posts": Count.not_offered(),
        },
    )


def _page_id(documents: list[Any], described: dict[str, str]) -> str:
    """The page's id: by its header, else by the address for Facebook's own app, else by the only
    page that is named. A page named by one of the posts may be another one.
    """
    pages = owners(documents)
    for path, obj in walk(documents, lambda obj: dig(obj, "delegate_page", "id") is not None):
        if _HEADER.search(path):
            return ident(obj["delegate_page"]["id"], "delegate_page.id")
    for name in ("al:android:url", "al:ios:url"):
        found = _PAGE_ID.search(described.get(name, ""))
        if found:
            return pages.get(found[1], found[1])
    named = set(pages.values())
    return named.pop() if len(named) == 1 else ""


def _likes(description: str) -> Count | None:
    found = _LIKES.search(description)
    number = (exact(found[1]) or parse(found[1], "en")) if found else None
    return None if number is None else Count(number.value, step=number.step)


def _followers(documents: list[Any]) -> Count | None:
    """The followers' text of a profile's header, e.g. "1.2M followers"."""
    for path, obj in walk(documents, lambda o: isinstance(dig(o, "text", "text"), str)):
        text = obj["text"]["text"]
        if "profile_social_context" in path and _FOLLOWERS.search(f"{text} {obj.get('uri')}"):
            number = parse(text)
            if number is not None:
                return Count(number.value, step=number.step)
    return None


def graphql_refusal(document: Any) -> CrawlError | None:
    """The error of a JSON answer without rows; None if it names none."""
    candidates = (dig(document, "errors", 0, "message"), dig(document, "errorSummary"))
    message = next((text for text in candidates if isinstance(text, str)), None)
    if message is None:
        return None
    return refusal_of(message) or GiveUp(Outcome.FORBIDDEN, message[:120])


def _scraped(documents: list[Any], observed_at: datetime) -> tuple[AccountItem, ...]:
    """Pages as a scraper's list names them: `page_id`, `username`, `likes`."""
    listed = documents[0] if len(documents) == 1 and isinstance(documents[0], list) else []
    pages = [
        (f"[{n}]", obj)
        for n, obj in enumerate(listed)
        if isinstance(obj, dict) and {"page_id", "likes"} <= obj.keys()
    ]
    return tuple(
        AccountItem(
            platform="facebook",
            id=ident(obj["page_id"], child(path, "page_id")),
            handle=optional_text(obj, "username", path),
            name=optional_text(obj, "name", path),
            observed_at=observed_at,
            source=Route.WEB,
            counts={
                "followers": Count.not_read(),
                "likes": Count.not_read()
                if obj["likes"] is None
                else Count(whole(obj["likes"], child(path, "likes"))),
                "posts": Count.not_offered(),
            },
        )
        for path, obj in pages
    )
