"""Public answers of www.facebook.com as rows: pages with embedded JSON, GraphQL, descriptions."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from typing import Any

from crawler.errors import CrawlError, GiveUp, ShapeError
from crawler.platforms.facebook import web_mobile
from crawler.platforms.facebook.web_post import Feedbacks, is_feedback, is_story, map_story
from crawler.reading.html_json import is_markup, page_text
from crawler.reading.meta_pages import metas, refusal_of
from crawler.reading.numbers import exact, parse
from crawler.reading.rows import readable
from crawler.reading.shape import child, dig, ident, optional_text, walk, whole
from model.count import Count
from model.items import AccountItem, Mapped, PostItem
from model.messages import Outcome
from model.route import Route

_LIKES = re.compile(r"(?<![\w.,])(\d[\d.,\u00a0\u202f']*(?:\s?[KMB])?) likes(?=\s*(?:·|\.|$))")
_FOLLOWERS = re.compile(r"follower", re.IGNORECASE)
_PAGE_ID = re.compile(r"fb://(?:page|profile)/(\d{1,25})")
_HANDLE = re.compile(r"facebook\.com/([A-Za-z0-9.]{1,50})/?(?:$|[?#])")
_SHARED = re.compile(r"(?:^|[.\]])attached_story(?=[.\[]|$)")


def map_documents(body: bytes, documents: list[Any], observed_at: datetime) -> Mapped | None:
    """What a public answer shows; None if there is nothing of Facebook in it."""
    page = page_text(body)
    if web_mobile.is_mobile(page):
        return web_mobile.map_mobile(documents, page if is_markup(body) else "", observed_at)
    scraped = _scraped(documents, observed_at)
    if scraped:
        return Mapped(shape="facebook.scraped", accounts=scraped)
    posts, failed = _posts(documents, observed_at)
    account = _account(documents, metas(page) if is_markup(body) else {}, observed_at)
    if not (posts or failed or account):
        return None
    if failed and not (posts or account):
        raise ShapeError(failed[0])
    return Mapped(
        shape="facebook.web",
        accounts=(account,) if account else (),
        posts=posts,
        unmapped=failed,
        next=_next(documents),
    )


def _posts(
    documents: list[Any], observed_at: datetime
) -> tuple[tuple[PostItem, ...], tuple[str, ...]]:
    """Every post once; what a post shares is no post of its own."""
    feedbacks = _feedbacks(documents)
    pages = owners(documents)
    failed: list[ShapeError] = []
    stories = (
        (path, obj)
        for path, obj in walk(documents, is_story)
        if not _SHARED.search(path) and feedbacks.get(str(obj["post_id"]))
    )
    posts: dict[str, PostItem] = {}
    for post in readable(
        stories, lambda obj, path: map_story(obj, path, feedbacks, pages, observed_at), failed
    ):
        posts.setdefault(post.id.rpartition("_")[2], post)
    return tuple(posts.values()), tuple(error.path for error in failed)


def _feedbacks(documents: list[Any]) -> Feedbacks:
    found: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for path, obj in walk(documents, is_feedback):
        found[str(obj["subscription_target_id"])].append((path, obj))
    return found


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
    """The page's id: named by a document, else by the address for Facebook's own app."""
    for _, obj in walk(documents, lambda obj: dig(obj, "delegate_page", "id") is not None):
        return ident(obj["delegate_page"]["id"], "delegate_page.id")
    for name in ("al:android:url", "al:ios:url"):
        found = _PAGE_ID.search(described.get(name, ""))
        if found:
            return found[1]
    return ""


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


def _next(documents: list[Any]) -> str | None:
    """The cursor of the timeline's next posts."""
    for path, info in walk(documents, lambda obj: obj.get("has_next_page") is True):
        cursor = info.get("end_cursor")
        if "timeline" in path and isinstance(cursor, str):
            return cursor
    return None
