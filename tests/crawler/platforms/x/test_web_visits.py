"""Visits by X's public pages: counters of the account, and nothing of its posts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from crawler.contract import Answer, Call, Captured
from crawler.platforms.x.config import XConfig
from crawler.platforms.x.platform import PLATFORM
from model.messages import Outcome, Visit, VisitKind
from model.route import Route
from tests.crawler.platforms.driver import NOW, Run, drive
from tests.crawler.platforms.x.service import visit as of_api

CONFIG = XConfig(web_url="https://pages.example.org")
GRAPHQL = "https://pages.example.org/i/api/graphql/abc/UserByScreenName?variables=%7B%7D"


def visit(kind: VisitKind = VisitKind.PROFILE, **more: Any) -> Visit:
    return msgspec.structs.replace(of_api(kind, "11"), route=Route.WEB, **more)


def user(id_: str = "11", followers: int = 1234567) -> Captured:
    """What the page asks for the user."""
    result = {
        "__typename": "User",
        "rest_id": id_,
        "core": {"screen_name": "city11", "name": "City"},
        "relationship_counts": {"followers": followers, "following": 3},
        "tweet_counts": {"tweets": 77},
    }
    return fetched({"data": {"user": {"result": result}}})


def fetched(body: Any, status: int = 200) -> Captured:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Captured(url=GRAPHQL, status=status, body=data)


def page(id_: str = "11", followers: int = 1234567) -> bytes:
    """A profile page that says the same of itself."""
    person = {
        "@type": "ProfilePage",
        "mainEntity": {
            "identifier": id_,
            "additionalName": "city11",
            "interactionStatistic": [
                {
                    "interactionType": "https://schema.org/FollowAction",
                    "name": "Follows",
                    "userInteractionCount": followers,
                },
                {
                    "interactionType": "https://schema.org/WriteAction",
                    "name": "Tweets",
                    "userInteractionCount": 77,
                },
            ],
        },
    }
    text = msgspec.json.encode(person).decode()
    return f'<title>City / X</title><script type="application/ld+json">{text}</script>'.encode()


PLAIN = b"<title>City / X</title><body><main></main>"


def visited(one: Visit, html: bytes, *captured: Captured, status: int = 200) -> Run:
    def respond(call: Call) -> Answer:
        assert (call.route, call.url) == (Route.WEB, "https://pages.example.org/city11")
        assert call.browse is not None
        assert all(any(part in c.url for part in call.browse.capture) for c in captured)
        return Answer(
            call=call, status=status, headers={}, body=html, observed_at=NOW, captured=captured
        )

    return drive(PLATFORM, CONFIG, [one], respond)


@pytest.mark.parametrize(
    ("html", "captured"),
    [
        (PLAIN, (user(),)),
        (page(), ()),
        (page(followers=5), (user(),)),
        (page(), (fetched({"errors": [{"code": 239, "message": "Bad guest token"}]}, 403),)),
        (page(), (fetched(b""),)),
    ],
)
def test_the_accounts_counters_are_exact(html: bytes, captured: tuple[Captured, ...]) -> None:
    one = visit()
    run = visited(one, html, *captured)
    (row,) = [row for p in run.pages for row in p.mapped.accounts]
    assert {name: (c.value, c.step) for name, c in row.counts.items()} == {
        "followers": (1234567, 1),
        "posts": (77, 1),
    }
    assert run.close(one).outcome is Outcome.OK
    assert run.posts == []


def test_what_the_page_fetched_is_archived_without_its_query() -> None:
    run = visited(visit(), PLAIN, user())
    (harvested,) = run.pages
    assert harvested.answer.call.url == GRAPHQL.partition("?")[0]
    assert harvested.answer.body == user().body


@pytest.mark.parametrize("kind", [VisitKind.TIMELINE, VisitKind.REFRESH])
def test_posts_are_never_counted_from_pages(kind: VisitKind) -> None:
    one = visit(kind, posts=("1",) if kind is VisitKind.REFRESH else ())
    run = drive(PLATFORM, CONFIG, [one], lambda call: pytest.fail("no call is needed"))
    assert run.close(one).outcome is Outcome.FORBIDDEN
    assert "no complete timeline" in run.close(one).detail
    assert (run.calls, run.pages) == ([], [])


@pytest.mark.parametrize(
    ("html", "captured", "status", "outcome"),
    [
        (PLAIN, (fetched({"data": {"user": {}}}),), 200, Outcome.GONE),
        (PLAIN, (), 404, Outcome.GONE),
        (PLAIN, (), 200, Outcome.CHANGED_SHAPE),
        (PLAIN, (fetched(b"<title>?</title>"),), 200, Outcome.CHANGED_SHAPE),
        (PLAIN, (user("12"),), 200, Outcome.RENAMED),
        (page("12"), (), 200, Outcome.RENAMED),
        (b"<title>Log in to X / X</title>", (), 200, Outcome.LOGIN_WALL),
        (
            b'<title>Just a moment...</title><div id="challenge-platform">',
            (),
            200,
            Outcome.CHALLENGE,
        ),
        (
            b"<title>X</title><button>Refuse non-essential cookies</button>",
            (),
            200,
            Outcome.CHALLENGE,
        ),
        (b"", (), 200, Outcome.EMPTY_UNEXPECTED),
        (b"<title>no</title>", (), 503, Outcome.SERVER_ERROR),
        (b"<title>no</title>", (), 429, Outcome.RATE_LIMITED),
    ],
)
def test_every_end_has_its_outcome(
    html: bytes, captured: tuple[Captured, ...], status: int, outcome: Outcome
) -> None:
    one = visit()
    run = visited(one, html, *captured, status=status)
    assert run.close(one).outcome is outcome
    assert not any(p.mapped.accounts for p in run.pages)


def test_visits_by_pages_go_alone() -> None:
    visits = [visit(), visit(), visit(VisitKind.TIMELINE)]
    assert [len(group) for group in PLATFORM.groups(visits, CONFIG)] == [1, 1, 1]
