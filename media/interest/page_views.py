"""Page views of one article in a month, from Wikimedia's REST API (CC0)."""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from media.errors import HostRefuses, Unreachable, UnreadableFile
from media.interest.titles import CityTitle

_LARGEST = 1_000_000
"""Bytes of an answer."""
_MOST = 10**12


@dataclass(frozen=True, slots=True)
class PageViews:
    """Views by people, of all means of access; None: the API has no data."""

    views: int | None
    url: str
    body: bytes


def views_path(title: CityTitle, month: str) -> str:
    """Below the API's address; `month`: YYYY-MM, of UTC."""
    stamp, days = month.replace("-", ""), monthrange(int(month[:4]), int(month[5:]))[1]
    name = quote(title.title.replace(" ", "_"), safe="")
    return (
        f"metrics/pageviews/per-article/{title.project}/all-access/user/{name}/monthly/"
        f"{stamp}01/{stamp}{days}"
    )


def page_views(client: httpx.Client, base: str, title: CityTitle, month: str) -> PageViews:
    """Raises HostRefuses, Unreachable, and UnreadableFile for an answer that is none."""
    url = f"{base}/{views_path(title, month)}"
    try:
        answer = client.get(url)
    except httpx.HTTPError as error:
        raise Unreachable(f"{type(error).__name__}: {error}".rstrip(": ")) from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        return PageViews(None, url, answer.content[:_LARGEST])
    if answer.status_code in (401, 403, 429):
        raise HostRefuses(f"status {answer.status_code}")
    if answer.status_code != httpx.codes.OK:
        raise Unreachable(f"status {answer.status_code}")
    return PageViews(_views(answer.content, title, month), url, answer.content)


def _views(body: bytes, title: CityTitle, month: str) -> int:
    try:
        items: list[dict[str, Any]] = json.loads(body[:_LARGEST])["items"]
        stamp = f"{month.replace('-', '')}0100"
        found = [item["views"] for item in items if item["timestamp"] == stamp]
    except (ValueError, KeyError, TypeError):
        found = []
    if len(found) != 1 or not isinstance(found[0], int) or not 0 <= found[0] < _MOST:
        raise UnreadableFile(f"{title.project}, {title.title}: no views of {month} in the answer")
    return found[0]
