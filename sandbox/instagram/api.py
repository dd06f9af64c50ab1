"""Instagram professional accounts by the Graph API's business discovery.

Sources: Instagram API with Facebook Login, business discovery; IGMedia of the business SDK's
api_specs. Hidden likes leave `like_count` out; views stand on videos alone; shares are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.graph import errors
from sandbox.graph.fields import Field
from sandbox.graph.paging import from_cursor, page_size, to_cursor
from sandbox.instagram.limits import InstagramLimits
from sandbox.instagram.shapes import medium_row
from sandbox.service.exchange import JSON_TYPE, JsonObject, Refused, Reply, word_set
from sandbox.service.platform import ServedCall, Services
from sandbox.world.model import WorldAccount, WorldPost

DISCOVERY = "business_discovery"
_USER_FIELDS = word_set(
    "id ig_id username name biography followers_count follows_count media_count "
    "profile_picture_url website media"
)


class BusinessDiscovery:
    """Answers about other accounts, asked for below one's own."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._directory = services.directory

    def answer(self, call: ServedCall, own_id: str, fields: tuple[Field, ...]) -> Reply:
        """GET /{own-id}?fields=business_discovery.username(NAME){…}"""
        asked = fields[0]
        username = asked.args.get("username", "")
        if not own_id.isdigit():
            raise Refused(errors.no_alias(own_id))
        if not username:
            raise Refused(errors.bad_value("The parameter username is required"))
        account = self._directory.by_handle("instagram", username)
        if account is None:
            raise Refused(errors.no_business_account(username))
        rows: list[JsonObject] = []
        user = self._user(call, account, asked.sub, rows)
        payload: JsonObject = {asked.alias: user, "id": own_id}
        return Reply(payload, rows=rows, content_type=JSON_TYPE)

    def _user(
        self,
        call: ServedCall,
        account: WorldAccount,
        fields: Sequence[Field],
        rows: list[JsonObject],
    ) -> JsonObject:
        handle = self._directory.handle(account)
        shown = account.shown(call.now)
        full: JsonObject = {
            "id": account.id,
            "ig_id": int(account.id),
            "username": handle,
            "name": account.name,
            "biography": f"Official account of {account.name}.",
            "follows_count": 0,
            "profile_picture_url": f"https://scontent.cdninstagram.com/{account.id}.jpg",
        }
        if "followers" in shown:
            full["followers_count"] = shown["followers"]
        if "posts" in shown:
            full["media_count"] = shown["posts"]
        user: JsonObject = {}
        for field in fields:
            if field.name not in _USER_FIELDS:
                raise Refused(errors.no_field(field.name, "IGUser"))
            if field.name == "media":
                ceiling = self._services.limits.of(InstagramLimits).media_listed
                posts = sorted(account.visible(call.now), key=_place)[:ceiling]
                user[field.alias] = _media(call, posts, field, rows)
            elif field.name in full:
                user[field.alias] = full[field.name]
        user.setdefault("id", account.id)
        return user


def _media(
    call: ServedCall, posts: Sequence[WorldPost], field: Field, rows: list[JsonObject]
) -> JsonObject:
    """One page of media. Pinned ones come first, then newest first; there is no next link."""
    size = page_size(field.args)
    start = _start(field, posts)
    page = posts[start : start + size]
    for post in page:
        rows.append(medium_row(post, field.sub, call.now))
    media: JsonObject = {"data": rows}
    cursors: JsonObject = {}
    if page and start > 0:
        cursors["before"] = to_cursor(page[0].id)
    if page and start + size < len(posts):
        cursors["after"] = to_cursor(page[-1].id)
    if cursors:
        media["paging"] = {"cursors": cursors}
    return media


def _place(post: WorldPost) -> tuple[bool, int]:
    return not post.pinned, -post.published


def _start(field: Field, posts: Sequence[WorldPost]) -> int:
    cursor = field.args.get("after")
    if not cursor:
        return 0
    wanted = from_cursor(cursor)
    place = next((n for n, post in enumerate(posts) if post.id == wanted), None)
    if place is None:
        raise Refused(errors.bad_cursor())
    return place + 1
