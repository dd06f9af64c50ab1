"""Digests to people: who gets them, and the job that sends what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from operations.errors import UsageError
from operations.runtime import Runtime
from portal.alerts.wording import Bulletin
from portal.digest.content import write_digest
from portal.digest.recipients import (
    DigestKind,
    Recipient,
    new_key,
    put_recipient,
    recipients,
)
from portal.digest.sending import Due, deliver, due, tell_lost
from portal.month import MonthIndex, month_index
from portal.published import index_of_issue
from portal.users.errors import AccessError
from registry.cities import load_cities
from scoring.method.library import load_method
from scoring.publish.issues import Issue, from_plain
from store.records import issues


def send_digests(runtime: Runtime) -> Counter[str]:
    """Sends what is due and was not sent; gives how many were `sent`, `failed` or lost."""
    db, now, settings = runtime.db, runtime.clock.now(), runtime.settings
    done: Counter[str] = Counter()
    lost = tell_lost(db, now)
    if lost:
        done["unknown"] = lost
    known = recipients(db)
    if not known:
        return done
    published = _published(runtime)

    @cache
    def running() -> MonthIndex:
        return month_index(db, runtime.current_month(), settings.method)

    def write(one: Due) -> Bulletin:
        index = running() if one.issue is None else index_of_issue(db, one.issue)
        link = one.recipient.leave_link(settings.portal.public_url)
        url = settings.portal.public_url.rstrip("/")
        # Operators have a page of each of their cities.
        cities = one.recipient.cities
        page = f"{url}/my/{cities[0]}" if cities else f"{url}/months/{index.period.name}"
        return write_digest(one.recipient, index, one.issue, now, link, page if url else "")

    for recipient in known:
        channel = settings.alerts.channels.get(recipient.channel)
        for one in due(recipient, published, now, settings.zone):
            if (how := deliver(db, one, channel, write, now)) is not None:
                done[how] += 1
    return done


def _published(runtime: Runtime) -> list[Issue]:
    """The frozen issues of the settings' method, the oldest first."""
    method = load_method(runtime.settings.method).id
    found = [one for one in issues(runtime.db) if one["method"] == method]
    kept = [from_plain(one) for one in found if one["state"] != "draft"]
    return sorted(kept, key=lambda issue: issue.published_at)


def add_recipient(
    runtime: Runtime, name: str, channel: str, kinds: Sequence[str], **values: Any
) -> Recipient:
    """From now on. Raises UsageError that names what is wrong."""
    db, channels = runtime.db, runtime.settings.alerts.channels
    if channel not in channels:
        shown = ", ".join(channels) or "none: set CITYREACH_ALERTS__CHANNELS"
        raise UsageError(f"--channel {channel}: the channels are {shown}")
    if unknown := sorted(set(kinds) - set(DigestKind)):
        raise UsageError(f"--kind {unknown[0]}: expected one of {', '.join(DigestKind)}")
    new = Recipient(
        name=name,
        channel=channel,
        kinds=tuple(DigestKind(kind) for kind in dict.fromkeys(kinds)),
        since=runtime.clock.now(),
        key=new_key(),
        **values,
    )
    try:
        put_recipient(db, channels[channel], new, load_cities())
    except AccessError as error:
        raise UsageError(str(error)) from None
    return new
