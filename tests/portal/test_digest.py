"""Digests reach real receivers once, at their hour, whatever is restarted; and can be stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from model.months import Months
from operations.errors import UsageError
from operations.people.digests import add_recipient, send_digests
from portal.alerts.config import AlertSettings, ChannelConfig, ChannelKind
from portal.config import PortalSettings
from portal.digest.recipients import is_signed, recipients, stop
from portal.digest.sending import SENDINGS, sendings
from portal.published import drafted, keep_issue
from scoring.publish.issues import freeze
from store.database import Store
from tests.portal.alerts.receivers import Mail, Web, mail, web
from tests.portal.alerts.scenes import found, scene
from tests.portal.test_month import MAY, watched
from tests.portal.web.seeded import Standing

__all__ = ["watched"]
MONDAY = datetime.fromisoformat("2025-06-09T09:00:00+08:00")
ZONE = "Asia/Shanghai"


class Desk:
    """What sends, over a store, a clock and two receivers."""

    def __init__(self, db: Store, letters: Mail, posts: Web) -> None:
        self.db, self.letters, self.posts = db, letters, posts
        self.clock = Standing(MONDAY - timedelta(days=3))
        self.url = "https://cityreach.example"

    def runtime(self) -> Any:
        """As after a start of the process."""
        by_mail = ChannelConfig(
            kind=ChannelKind.MAIL,
            host="127.0.0.1",
            port=self.letters.port,
            security="none",
            sender="reach@example.org",
            to=("alerts@example.org",),
        )
        hook = ChannelConfig(kind=ChannelKind.WEBHOOK, url=self.posts.url, secret="secret")  # type: ignore[arg-type]
        months = Months(ZONE, MAY.cutoff - MAY.end)
        return SimpleNamespace(
            db=self.db,
            clock=self.clock,
            settings=SimpleNamespace(
                alerts=AlertSettings(channels={"mail": by_mail, "hook": hook}),
                portal=PortalSettings(public_url=self.url),
                method="giu",
                zone=ZONE,
            ),
            current_month=lambda: months.containing(self.clock.now()),
        )

    def add(self, name: str, channel: str, kinds: tuple[str, ...], **more: Any) -> None:
        given = {"address": "", "language": "en", "cities": (), "weekday": 0, "hour": 9, **more}
        add_recipient(self.runtime(), name, channel, kinds, **given)

    def run(self, at: datetime) -> Counter[str]:
        """One look at that instant, by a process that has just started."""
        self.clock.at = at
        return send_digests(self.runtime())


@contextmanager
def receivers() -> Iterator[tuple[Mail, Web]]:
    with mail() as letters, web() as posts:
        yield letters, posts


@pytest.fixture
def desk(watched: Store) -> Iterator[Desk]:
    with receivers() as (letters, posts):
        yield Desk(watched, letters, posts)


def test_the_week_arrives_once_at_its_hour_also_after_a_restart(desk: Desk) -> None:
    desk.add("wang", "mail", ("weekly",), address="wang@example.org", language="zh")
    desk.add("team", "hook", ("weekly",))
    assert not desk.run(MONDAY - timedelta(seconds=1))
    assert desk.run(MONDAY) == {"sent": 2}
    for later in (0, 30, 3600, 6 * 86_400):
        assert not desk.run(MONDAY + timedelta(seconds=later))
    assert desk.letters.envelopes == [("reach@example.org", ("wang@example.org",))]
    assert len(desk.posts.posted) == 1
    assert desk.run(MONDAY + timedelta(days=7, hours=30)) == {"sent": 2}
    assert {one["state"] for one in sendings(desk.db)} == {"sent"}


def test_a_mail_is_text_and_html_in_its_language_and_can_be_stopped(desk: Desk) -> None:
    desk.add("wang", "mail", ("weekly",), address="wang@example.org", language="zh")
    desk.run(MONDAY)
    (letter,) = desk.letters.letters
    parts = {part.get_content_type(): part for part in letter.walk()}
    texts = {
        kind: parts[kind].get_payload(decode=True).decode()  # type: ignore[union-attr]
        for kind in ("text/plain", "text/html")
    }
    assert all("2025-06 截至目前" in text for text in texts.values())
    assert '<html lang="zh-CN">' in texts["text/html"]
    # Which index, how far the month is, and where all of it stands.
    for said in ("中国城市海外社交媒体传播力指数，", "https://cityreach.example/months/2025-06"):
        assert all(said in text for text in texts.values()), said
    assert "暂定" in texts["text/plain"]
    (wang,) = recipients(desk.db)
    assert f"<{wang.leave_link(desk.url)}>" == letter["List-Unsubscribe"]
    assert is_signed(desk.db, "wang", wang.signature)
    for name, signature in (("wang", "0" * 64), ("wang", "王"), ("other", wang.signature)):
        assert not is_signed(desk.db, name, signature)
    stop(desk.db, "wang")
    assert not desk.run(MONDAY + timedelta(days=7))


def test_an_issue_is_told_with_the_places_of_the_own_city(desk: Desk) -> None:
    desk.add("all", "mail", ("issue",), address="all@example.org")
    desk.clock.at = MONDAY
    new = drafted(desk.db, MAY, "giu", MONDAY, "a trial")
    keep_issue(desk.db, freeze(new.issue, MONDAY.isoformat()), new.basis)
    assert desk.run(MONDAY) == {"sent": 1}
    assert not desk.run(MONDAY + timedelta(days=1))
    (letter,) = desk.letters.letters
    assert "the issue of 2025-05 is out" in letter["Subject"]
    text = letter.get_payload()[0].get_payload(decode=True).decode()  # type: ignore[index,union-attr]
    for number, row in enumerate(new.index.top("composite"), 1):
        assert f"{number}. {row['name_en']}: {row['index']:.2f}" in text
    assert "a trial" in text


def test_what_fails_is_tried_again_and_never_lost_silently(desk: Desk) -> None:
    desk.add("team", "hook", ("weekly",))
    desk.posts.answers = [(500, b"no"), (200, b"ok")]
    assert desk.run(MONDAY) == {"failed": 1}
    assert not desk.run(MONDAY + timedelta(minutes=1))
    assert "HTTP 500" in sendings(desk.db)[0]["error"]
    assert desk.run(MONDAY + timedelta(minutes=10)) == {"sent": 1}
    assert (sendings(desk.db)[0]["state"], sendings(desk.db)[0]["tries"]) == ("sent", 2)


def test_a_sender_that_ended_in_between_is_told_and_raises_an_alert(
    desk: Desk, redis: Redis
) -> None:
    desk.add("team", "hook", ("weekly",))
    desk.run(MONDAY)
    desk.db[SENDINGS].update_one({}, {"$set": {"state": "claimed"}})
    assert not desk.run(MONDAY + timedelta(minutes=1))
    assert desk.run(MONDAY + timedelta(minutes=16)) == {"unknown": 1}
    later = scene(desk.db, redis, MONDAY + timedelta(days=2))
    (problem,) = found(later, "digests")
    assert problem.facts == {"state": "unknown", "digests": 1, "examples": "weekly:team:2025-06-09"}
    assert not found(scene(desk.db, redis, MONDAY + timedelta(days=8)), "digests")
    assert "may have arrived or not" in sendings(desk.db)[0]["error"]
    assert len(desk.posts.posted) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "W"}, "name: expected"),
        ({"channel": "nowhere"}, "the channels are mail, hook"),
        ({"kinds": ("daily",)}, "expected one of weekly, issue"),
        ({"address": "a@b, c@d"}, "address: expected one mail address"),
        ({"address": "a@b\nBcc: c@d"}, "address: expected one mail address"),
        ({"language": "de"}, "language: expected zh or en"),
        ({"hour": 24}, "hour: expected 0 to 23"),
        ({"weekday": 7}, "weekday: expected"),
        ({"cities": ("atlantis",)}, "there is no atlantis"),
        ({"channel": "hook"}, "address: expected none"),
    ],
)
def test_a_wrong_recipient_is_refused(desk: Desk, change: dict[str, Any], told: str) -> None:
    given = {"name": "wang", "channel": "mail", "kinds": ("issue",), "address": "wang@example.org"}
    with pytest.raises(UsageError, match=told):
        desk.add(**{**given, **change})
    assert recipients(desk.db) == []
