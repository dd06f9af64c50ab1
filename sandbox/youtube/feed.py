"""The Atom feed of a channel, with exact views and likes of its newest videos."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from model.items import PostType
from sandbox.world.model import WorldAccount, WorldPost, to_moment
from sandbox.youtube.shapes import video_title

_SITE = "https://www.youtube.com"


def feed_document(account: WorldAccount, posts: list[WorldPost], now: int) -> str:
    """A channel's feed; its id stands there without the first two letters, as on the site."""
    url = f"{_SITE}/channel/{account.id}"
    entries = "".join(_entry(post, now) for post in posts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">\n'
        f'<link rel="self" href="{_SITE}/feeds/videos.xml?channel_id={account.id}"/>\n'
        f"<id>yt:channel:{account.id[2:]}</id>\n<yt:channelId>{account.id[2:]}</yt:channelId>\n"
        f'<title>{escape(account.name)}</title>\n<link rel="alternate" href="{url}"/>\n'
        f"<author><name>{escape(account.name)}</name><uri>{url}</uri></author>\n"
        f"<published>{_time(account.created)}</published>\n{entries}</feed>\n"
    )


def _entry(post: WorldPost, now: int) -> str:
    shown = post.counters.at(now)
    path = f"shorts/{post.id}" if post.type is PostType.SHORT else f"watch?v={post.id}"
    rating = (
        f'<media:starRating count="{shown["likes"]}" average="5.00" min="1" max="5"/>'
        if "likes" in shown
        else ""
    )
    views = f'<media:statistics views="{shown["views"]}"/>' if "views" in shown else ""
    title = escape(video_title(post))
    return (
        f"<entry>\n<id>yt:video:{post.id}</id>\n<yt:videoId>{post.id}</yt:videoId>\n"
        f"<yt:channelId>{post.account.id}</yt:channelId>\n<title>{title}</title>\n"
        f"<link rel={quoteattr('alternate')} href={quoteattr(f'{_SITE}/{path}')}/>\n"
        f"<published>{_time(post.published)}</published>\n"
        f"<updated>{_time(post.published)}</updated>\n<media:group><media:title>{title}"
        f"</media:title><media:description>{escape(post.text)}</media:description>"
        f"<media:community>{rating}{views}</media:community></media:group>\n</entry>\n"
    )


def _time(instant: int) -> str:
    return f"{to_moment(instant):%Y-%m-%dT%H:%M:%S}+00:00"
