"""The parameters of X's calls. What cannot be used is refused in X's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.service.exchange import BadParameter, PlatformRequest, Refused, listed, word_set
from sandbox.world.model import SECOND, to_instant
from sandbox.x import errors

MOST_VALUES = 100
ID = re.compile(r"[0-9]{1,19}")
USERNAME = re.compile(r"[A-Za-z0-9_]{1,50}")
EARLIEST_SEARCHED = to_instant(datetime.fromisoformat("2010-11-06T00:00:00+00:00"))
SHAPE_PARAMETERS = frozenset(
    {
        "user.fields",
        "tweet.fields",
        "post.fields",
        "expansions",
        "media.fields",
        "poll.fields",
        "place.fields",
    }
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names of one of the two OpenAPI documents."""

    post_fields: str
    history: str
    references: str
    reposts: str
    posts_of_user: str
    pinned: str
    newest: str
    included_posts: str


CLASSIC = Dialect(
    "tweet.fields",
    "edit_history_tweet_ids",
    "referenced_tweets",
    "retweet_count",
    "tweet_count",
    "pinned_tweet_id",
    "most_recent_tweet_id",
    "tweets",
)
NEW = Dialect(
    "post.fields",
    "edit_history_post_ids",
    "referenced_posts",
    "repost_count",
    "post_count",
    "pinned_post_id",
    "most_recent_post_id",
    "posts",
)
_POST_FIELDS = word_set(
    "article article_title attachments author_id card_uri community_id context_annotations "
    "conversation_id created_at display_text_range edit_controls edit_history_post_ids "
    "edit_history_tweet_ids entities geo id in_reply_to_user_id lang matched_media_notes "
    "media_metadata non_public_metrics note_post note_request_suggestions note_tweet "
    "organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "referenced_posts referenced_tweets reply_settings scopes source suggested_source_links "
    "suggested_source_links_with_counts text username withheld"
)
_USER_FIELDS = word_set(
    "affiliation confirmed_email connection_status created_at description entities id "
    "is_identity_verified location most_recent_post_id most_recent_tweet_id name parody "
    "pinned_post_id pinned_tweet_id profile_banner_url profile_image_url protected "
    "public_metrics receives_your_dm subscribes_to_you subscription subscription_type url "
    "username verified verified_followers_count verified_type withheld"
)
_MEDIA_FIELDS = word_set(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics "
    "preview_image_url promoted_metrics public_metrics type url variants width"
)
_EXPANSIONS = word_set(
    "affiliation affiliation.user_id article.cover_media article.media_entities "
    "attachments.media_keys attachments.media_source_tweet attachments.poll_ids author_id "
    "edit_history_post_ids edit_history_tweet_ids entities.mentions.username "
    "entities.note.mentions.username geo.place_id in_reply_to_user_id most_recent_post_id "
    "most_recent_tweet_id pinned_post_id pinned_tweet_id referenced_posts referenced_tweets.id "
    "referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id "
    "username"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a request asks for."""

    dialect: Dialect
    both: bool
    """Whether the request does not tell the dialect, so that counts go by both names."""
    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    expansions: frozenset[str]


def read_selection(request: PlatformRequest, *others: str) -> Selection:
    """The fields and expansions asked for. Raises Refused for parameters not among `others`."""
    allowed = SHAPE_PARAMETERS.union(others)
    unknown = sorted(request.params.keys() - allowed)
    if unknown:
        raise Refused(errors.unknown_parameter(unknown[0], sorted(allowed)))
    try:
        return _selected(request, NEW if "post.fields" in request.params else CLASSIC)
    except BadParameter as bad:
        raise Refused(errors.invalid_parameter(bad)) from bad


def _selected(request: PlatformRequest, dialect: Dialect) -> Selection:
    """The fields and expansions of a request. Raises BadParameter for unknown ones."""
    post = _known(request, dialect.post_fields, _POST_FIELDS)
    expansions = _known(request, "expansions", _EXPANSIONS)
    post |= {"id", "text", dialect.history}
    if "attachments.media_keys" in expansions:
        post |= {"attachments"}
    if "author_id" in expansions:
        post |= {"author_id"}
    if expansions & {"referenced_posts", "referenced_tweets.id"}:
        post |= {dialect.references}
    return Selection(
        dialect=dialect,
        both=not request.params.keys() & {"tweet.fields", "post.fields"},
        post=frozenset(post),
        user=frozenset(_known(request, "user.fields", _USER_FIELDS) | {"id", "name", "username"}),
        media=frozenset(_known(request, "media.fields", _MEDIA_FIELDS) | {"media_key", "type"}),
        expansions=frozenset(expansions),
    )


def _known(request: PlatformRequest, name: str, known: frozenset[str]) -> set[str]:
    values = listed(request, name)
    for value in values:
        if value not in known:
            raise BadParameter(name, value, f"one of [{','.join(sorted(known))}]")
    return set(values)


def batch(request: PlatformRequest, name: str, form: re.Pattern[str]) -> list[str]:
    """The values of a list, 1 to 100 of them. Raises Refused."""
    values = listed(request, name)
    bad: BadParameter | None = None
    if not 1 <= len(values) <= MOST_VALUES:
        bad = BadParameter(
            name, request.params.get(name, ""), f"between 1 and {MOST_VALUES} values"
        )
    for value in values:
        if not form.fullmatch(value):
            bad = BadParameter(name, value, f"of the form {form.pattern}")
    if bad is not None:
        raise Refused(errors.invalid_parameter(bad))
    return values


def path_id(request: PlatformRequest) -> str:
    """The id in the path. Raises Refused."""
    value = request.parts["id"]
    if not ID.fullmatch(value):
        bad = BadParameter("id", value, f"of the form {ID.pattern}")
        raise Refused(errors.invalid_parameter(bad))
    return value


def excluded(request: PlatformRequest) -> list[str]:
    """What `exclude` names: retweets, replies. Raises BadParameter."""
    values = listed(request, "exclude")
    for value in values:
        if value not in ("retweets", "replies"):
            raise BadParameter("exclude", value, "one of [retweets, replies]")
    return values


def time_bound(request: PlatformRequest, name: str, default: int) -> int:
    """An instant in whole seconds, as the platform knows no finer ones. Raises BadParameter."""
    text = request.params.get(name)
    if text is None:
        return default
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadParameter(name, text, "an RFC 3339 date-time") from error
    if value.utcoffset() != timedelta(0) or to_instant(value) < EARLIEST_SEARCHED:
        raise BadParameter(name, text, "an RFC 3339 date-time in UTC, 2010-11-06 or later")
    return to_instant(value) // SECOND * SECOND
