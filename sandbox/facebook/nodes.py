"""Objects of the Graph API: Facebook pages, posts and videos, and the lists of them.

Sources: Graph API reference of Page, Page Post, Video; api_specs of the business SDK.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from sandbox.facebook import shapes
from sandbox.facebook.limits import FacebookLimits
from sandbox.graph import errors
from sandbox.graph.fields import Field, fields_text
from sandbox.graph.paging import from_cursor, page_size, to_cursor
from sandbox.service.exchange import JSON_TYPE, JsonObject, Refused, Reply
from sandbox.service.platform import ServedCall, Services
from sandbox.world.model import NEVER, WorldAccount, WorldPost, to_instant, to_moment

_CURSOR = "QVFI:"
_POST_EDGES = frozenset({"published_posts", "posts", "feed"})
_VIDEO_EDGES = frozenset({"videos", "video_reels"})
_SUMMARIES = frozenset({"reactions", "comments", "likes"})
_DEFAULT_FIELDS = {
    "page": ("name", "id"),
    "post": ("created_time", "message", "id"),
    "video": ("updated_time", "description", "id"),
}
_Subject = WorldAccount | WorldPost | shapes.PageVideo


class FacebookNodes:
    """Finds objects and makes the answers about them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._directory = services.directory
        self._videos: dict[str, WorldPost] | None = None

    # --- objects

    def find(self, name: str, now: int) -> _Subject | None:
        """A page by id or username, a post or a video by id."""
        directory = self._directory
        if "_" in name and (post := directory.post("facebook", name, now)) is not None:
            return post
        page = directory.account("facebook", name) or directory.by_handle("facebook", name)
        if page is not None:
            return page
        post = self._video_index().get(name)
        if post is None or directory.post("facebook", post.id, now) is None:
            return None
        return shapes.PageVideo(post)

    def _video_index(self) -> dict[str, WorldPost]:
        if self._videos is None:
            posts = self._directory.world.posts["facebook"].values()
            self._videos = {shapes.video_id(p): p for p in posts if shapes.has_video(p)}
        return self._videos

    def node(self, call: ServedCall, name: str, fields: tuple[Field, ...]) -> Reply:
        """One object with the fields asked for; edges of a page may be nested."""
        subject = self.find(name, call.now)
        if subject is None:
            alias = not name.replace("_", "").isdigit()
            raise Refused(errors.no_alias(name) if alias else errors.no_object(name))
        if isinstance(subject, WorldAccount):
            payload = self._page(call, subject, fields)
        elif isinstance(subject, WorldPost):
            payload = shapes.post_rows([subject], _chosen(fields, "post"), call.now)[0]
        else:
            payload = shapes.video_rows([subject.post], _chosen(fields, "video"), call.now)[0]
        return Reply(payload, rows=[payload], content_type=JSON_TYPE)

    def _page(self, call: ServedCall, page: WorldAccount, fields: tuple[Field, ...]) -> JsonObject:
        edges = _POST_EDGES | _VIDEO_EDGES
        plain = [f for f in _chosen(fields, "page") if f.name not in edges]
        handle = self._directory.handle(page)
        payload = shapes.page_body(page, handle, plain, call.now)
        for wanted in fields:
            if wanted.name in edges:
                rows, paging = self._list(call, page, wanted.name, wanted.args, wanted.sub)
                payload[wanted.alias] = {"data": rows, **({"paging": paging} if paging else {})}
        return payload

    # --- edges

    def edge(self, call: ServedCall, name: str, edge: str, fields: tuple[Field, ...]) -> Reply:
        """A list below an object."""
        subject = self.find(name, call.now)
        if subject is None:
            raise Refused(errors.no_object(name))
        if edge in _SUMMARIES and isinstance(subject, WorldPost):
            return self._summary(call, subject, edge)
        if edge not in _POST_EDGES | _VIDEO_EDGES or not isinstance(subject, WorldAccount):
            raise Refused(errors.no_path(f"/{edge}"))
        rows, paging = self._list(call, subject, edge, call.request.params, fields)
        payload: JsonObject = {"data": rows}
        if paging:
            payload["paging"] = paging
        return Reply(payload, rows=rows, content_type=JSON_TYPE)

    def _summary(self, call: ServedCall, post: WorldPost, edge: str) -> Reply:
        """The people are not told, only how many they are."""
        field = Field(edge, edge, dict(call.request.params))
        payload = shapes.post_rows([post], (field,), call.now)[0].get(edge, {"data": []})
        return Reply(payload, content_type=JSON_TYPE)

    def _list(
        self,
        call: ServedCall,
        page: WorldAccount,
        edge: str,
        args: Mapping[str, str],
        fields: tuple[Field, ...],
    ) -> tuple[list[JsonObject], JsonObject]:
        """Rows and paging. Pages are cut before deleted posts are left out of them."""
        params = dict(args)
        size = page_size(params)
        posts = self._listed(
            page, edge, call.now, _time(params, "since", -NEVER), _time(params, "until", NEVER)
        )
        start = _start(params, posts, size)
        cut = posts[start : start + size]
        shown = [post for post in cut if post.visible(call.now)]
        if edge in _VIDEO_EDGES:
            rows = shapes.video_rows(shown, _chosen(fields, "video"), call.now)
        else:
            rows = shapes.post_rows(shown, _chosen(fields, "post"), call.now)
        if fields:
            params["fields"] = fields_text(fields)
        link = _Link(call, page.id, edge, params)
        more = start + size < len(posts) or len(cut) == size
        return rows, _paging(link, cut, start, more and size > 0, len(posts))

    def _listed(
        self, page: WorldAccount, edge: str, now: int, since: int, until: int
    ) -> list[WorldPost]:
        """All posts of the edge, deleted ones included, newest first; 600 a year at most."""
        posts = [
            post
            for post in reversed(page.posts)
            if since <= post.published <= until and post.published <= now
        ]
        if edge == "videos":
            return [post for post in posts if shapes.has_video(post)]
        if edge == "video_reels":
            return [post for post in posts if post.type == "reel"]
        ceiling = self._services.limits.of(FacebookLimits).posts_a_year
        return _newest_of_each_year(posts, ceiling) if len(posts) > ceiling else posts


def _newest_of_each_year(posts: Sequence[WorldPost], ceiling: int) -> list[WorldPost]:
    years: Counter[int] = Counter()
    kept = []
    for post in posts:
        year = to_moment(post.published).year
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

    def __init__(self, call: ServedCall, page: str, edge: str, params: dict[str, str]) -> None:
        request = call.request
        self._url = f"{request.base}/{request.parts['version']}/{page}/{edge}"
        kept = {k: v for k, v in params.items() if k not in ("after", "before", "access_token")}
        self._params = {"access_token": call.token, "pretty": "0", **kept}

    def to(self, direction: str, cursor: str) -> str:
        """The URL of the page after or before a cursor."""
        return f"{self._url}?{urlencode({**self._params, direction: cursor})}"


def _paging(
    link: _Link, cut: Sequence[WorldPost], start: int, more: bool, total: int
) -> JsonObject:
    """Cursors and links. Beyond the end there is a link back, and nothing else.

    A last page that is full has a `next` all the same: only the empty page after it tells.
    """
    if not cut:
        return {"previous": link.to("before", _cursor("end"))} if total else {}
    before, after = _cursor(cut[0].id), _cursor(cut[-1].id)
    paging: JsonObject = {"cursors": {"before": before, "after": after}}
    if more:
        paging["next"] = link.to("after", after)
    if start > 0:
        paging["previous"] = link.to("before", before)
    return paging


def _cursor(post_id: str) -> str:
    return to_cursor(f"{_CURSOR}{post_id}")


def _start(params: dict[str, str], posts: Sequence[WorldPost], size: int) -> int:
    cursor = params.get("after") or params.get("before")
    if not cursor:
        return 0
    text = from_cursor(cursor)
    if not text.startswith(_CURSOR):
        raise Refused(errors.bad_cursor())
    wanted = text.removeprefix(_CURSOR)
    place = next((n for n, post in enumerate(posts) if post.id == wanted), len(posts))
    return place + 1 if params.get("after") else max(place - size, 0)


def _time(params: dict[str, str], name: str, default: int) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 12:
        return to_instant(datetime.fromtimestamp(int(text), UTC))
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(errors.bad_value(f"param {name} must be a valid timestamp")) from error
    return to_instant(value if value.tzinfo else value.replace(tzinfo=UTC))
