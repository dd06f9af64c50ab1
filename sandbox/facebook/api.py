"""Facebook pages by the Graph API: pages, posts and videos, and the lists of them.

Sources: Graph API reference of Page, Page Post, Video; api_specs of the business SDK.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from sandbox.facebook import shapes
from sandbox.graph import errors
from sandbox.graph.fields import Field, written
from sandbox.service.exchange import Json, Refused, Reply
from sandbox.service.services import Call, Services
from sandbox.world.model import NEVER, Account, Post, instant, moment

_MOST = 100
_DEFAULT = 25
_POST_EDGES = frozenset({"published_posts", "posts", "feed"})
_VIDEO_EDGES = frozenset({"videos", "video_reels"})
_SUMMARIES = frozenset({"reactions", "comments", "likes"})
_DEFAULT_FIELDS = {
    "page": ("name", "id"),
    "post": ("created_time", "message", "id"),
    "video": ("updated_time", "description", "id"),
}
Subject = Account | Post | shapes.Video


class Facebook:
    """Finds objects and makes the answers about them."""

    def __init__(self, stage: Services) -> None:
        self._stage = stage
        self._videos: dict[str, Post] | None = None

    # --- objects

    def find(self, name: str, now: int) -> Subject | None:
        """A page by id or username, a post or a video by id."""
        directory = self._stage.directory
        if "_" in name and (post := directory.post("facebook", name, now)) is not None:
            return post
        page = directory.account("facebook", name) or directory.by_handle("facebook", name)
        if page is not None:
            return page
        post = self._video_index().get(name)
        if post is None or directory.post("facebook", post.id, now) is None:
            return None
        return shapes.Video(post)

    def _video_index(self) -> dict[str, Post]:
        if self._videos is None:
            posts = self._stage.directory.world.posts["facebook"].values()
            self._videos = {shapes.video_id(p): p for p in posts if shapes.is_video(p)}
        return self._videos

    def node(self, turn: Call, name: str, fields: tuple[Field, ...]) -> Reply:
        """One object with the fields asked for; edges of a page may be nested."""
        subject = self.find(name, turn.now)
        if subject is None:
            alias = not name.replace("_", "").isdigit()
            raise Refused(errors.no_alias(name) if alias else errors.no_object(name))
        if isinstance(subject, Account):
            payload = self._page(turn, subject, fields)
        elif isinstance(subject, Post):
            payload = shapes.posts([subject], _chosen(fields, "post"), turn.now)[0]
        else:
            payload = shapes.videos([subject.post], _chosen(fields, "video"), turn.now)[0]
        return Reply(payload, rows=[payload], content_type=errors.TYPE)

    def _page(self, turn: Call, page: Account, fields: tuple[Field, ...]) -> Json:
        edges = _POST_EDGES | _VIDEO_EDGES
        plain = [f for f in _chosen(fields, "page") if f.name not in edges]
        handle = self._stage.directory.handle(page)
        payload = shapes.page(page, handle, plain, turn.now)
        for wanted in fields:
            if wanted.name in edges:
                rows, paging = self._list(turn, page, wanted.name, wanted.args, wanted.sub)
                payload[wanted.alias] = {"data": rows, **({"paging": paging} if paging else {})}
        return payload

    # --- edges

    def edge(self, turn: Call, name: str, edge: str, fields: tuple[Field, ...]) -> Reply:
        """A list below an object."""
        subject = self.find(name, turn.now)
        if subject is None:
            raise Refused(errors.no_object(name))
        if edge in _SUMMARIES and isinstance(subject, Post):
            return self._summary(turn, subject, edge)
        if edge not in _POST_EDGES | _VIDEO_EDGES or not isinstance(subject, Account):
            raise Refused(errors.no_path(f"/{edge}"))
        rows, paging = self._list(turn, subject, edge, turn.ask.params, fields)
        payload: Json = {"data": rows}
        if paging:
            payload["paging"] = paging
        return Reply(payload, rows=rows, content_type=errors.TYPE)

    def _summary(self, turn: Call, post: Post, edge: str) -> Reply:
        """The people are not told, only how many they are."""
        field = Field(edge, edge, dict(turn.ask.params))
        payload = shapes.posts([post], (field,), turn.now)[0].get(edge, {"data": []})
        return Reply(payload, content_type=errors.TYPE)

    def _list(
        self,
        turn: Call,
        page: Account,
        edge: str,
        args: Mapping[str, str],
        fields: tuple[Field, ...],
    ) -> tuple[list[Json], Json]:
        """Rows and paging. Pages are cut before deleted posts are left out of them."""
        params = dict(args)
        size = _limit(params)
        posts = self._listed(
            page, edge, turn.now, _time(params, "since", -NEVER), _time(params, "until", NEVER)
        )
        start = _start(params, posts, size)
        cut = posts[start : start + size]
        shown = [post for post in cut if post.visible(turn.now)]
        if edge in _VIDEO_EDGES:
            rows = shapes.videos(shown, _chosen(fields, "video"), turn.now)
        else:
            rows = shapes.posts(shown, _chosen(fields, "post"), turn.now)
        if fields:
            params["fields"] = written(fields)
        link = _Link(turn, page.id, edge, params)
        more = start + size < len(posts) or len(cut) == size
        return rows, _paging(link, cut, start, more and size > 0, len(posts))

    def _listed(self, page: Account, edge: str, now: int, since: int, until: int) -> list[Post]:
        """All posts of the edge, deleted ones included, newest first; 600 a year at most."""
        posts = [
            post
            for post in reversed(page.posts)
            if since <= post.published <= until and post.published <= now
        ]
        if edge == "videos":
            return [post for post in posts if shapes.is_video(post)]
        if edge == "video_reels":
            return [post for post in posts if post.type == "reel"]
        ceiling = self._stage.limits.facebook_posts_a_year
        return _newest_of_each_year(posts, ceiling) if len(posts) > ceiling else posts


def _newest_of_each_year(posts: Sequence[Post], ceiling: int) -> list[Post]:
    years: Counter[int] = Counter()
    kept = []
    for post in posts:
        year = moment(post.published).year
        years[year] += 1
        if years[year] <= ceiling:
            kept.append(post)
    return kept


def _chosen(fields: tuple[Field, ...], kind: str) -> tuple[Field, ...]:
    """The fields asked for, or the default ones; the id is always there."""
    if not fields:
        return tuple(Field(name, name) for name in _DEFAULT_FIELDS[kind])
    if any(field.name == "id" for field in fields):
        return fields
    return (*fields, Field("id", "id"))


class _Link:
    """Makes the URLs of other pages of a list, with the token in them as Meta does."""

    def __init__(self, turn: Call, page: str, edge: str, params: dict[str, str]) -> None:
        ask = turn.ask
        self._url = f"{ask.base}/{ask.parts['version']}/{page}/{edge}"
        kept = {k: v for k, v in params.items() if k not in ("after", "before", "access_token")}
        self._params = {"access_token": turn.token, "pretty": "0", **kept}

    def to(self, direction: str, cursor: str) -> str:
        """The URL of the page after or before a cursor."""
        return f"{self._url}?{urlencode({**self._params, direction: cursor})}"


def _paging(link: _Link, cut: Sequence[Post], start: int, more: bool, total: int) -> Json:
    """Cursors and links. Beyond the end there is a link back, and nothing else.

    A last page that is full has a `next` all the same: only the empty page after it tells.
    """
    if not cut:
        return {"previous": link.to("before", _cursor("end"))} if total else {}
    before, after = _cursor(cut[0].id), _cursor(cut[-1].id)
    paging: Json = {"cursors": {"before": before, "after": after}}
    if more:
        paging["next"] = link.to("after", after)
    if start > 0:
        paging["previous"] = link.to("before", before)
    return paging


def _cursor(post_id: str) -> str:
    return base64.urlsafe_b64encode(f"QVFI:{post_id}".encode()).decode().rstrip("=")


def _start(params: dict[str, str], posts: Sequence[Post], size: int) -> int:
    cursor = params.get("after") or params.get("before")
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise Refused(errors.bad_value("The cursor is invalid")) from error
    if not text.startswith("QVFI:"):
        raise Refused(errors.bad_value("The cursor is invalid"))
    wanted = text.removeprefix("QVFI:")
    place = next((n for n, post in enumerate(posts) if post.id == wanted), len(posts))
    return place + 1 if params.get("after") else max(place - size, 0)


def _limit(params: dict[str, str]) -> int:
    text = params.get("limit", str(_DEFAULT))
    if not text.isascii() or not text.isdigit():
        raise Refused(errors.bad_value("param limit must be a non-negative integer"))
    if int(text) > _MOST:
        raise Refused(errors.too_much())
    return int(text)


def _time(params: dict[str, str], name: str, default: int) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 12:
        return instant(datetime.fromtimestamp(int(text), UTC))
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(errors.bad_value(f"param {name} must be a valid timestamp")) from error
    return instant(value if value.tzinfo else value.replace(tzinfo=UTC))
