"""Pages that visits harvest, mapped again from the archive: the same rows, on either route."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from crawler.contract import Answer, Call, Captured, Page, Platform
from crawler.engine.sinks import harvest_page
from crawler.platforms import platform
from model.account import Account as Registered
from model.messages import Visit, VisitKind
from model.months import Months
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from operations.replay import MAPPER_VERSIONS, remap
from sandbox.tiktok.page_shapes import query_signature
from store.accounts import put_accounts
from store.database import Store
from store.ingest.writer import Writer
from store.replay.remap import FieldChange
from store.replay.run import Replay, Scope
from tests.crawler.platforms import against_sandbox as official
from tests.crawler.platforms import opening as public
from tests.crawler.platforms.driver import NOW, Run, answered, drive
from tests.sandbox.running import TOKEN, Sandbox

ZONE = "Asia/Shanghai"
SECRET_ID = re.compile(r'"secUid":"([^"]+)"')
LIST = "/web/tiktok/api/post/item_list/"
KINDS = (VisitKind.PROFILE, VisitKind.TIMELINE, VisitKind.REFRESH)


def token(sandbox: Sandbox, of: Platform, config: Any) -> str:
    """The token that the official route sends."""
    call = of.token_call(config)
    if call is None:
        return TOKEN
    return call.read(official.calling(sandbox, of)(call.call))[0]


def api_config(sandbox: Sandbox, of: Platform) -> Any:
    """Settings that lead to the sandbox's API."""
    own: dict[PlatformName, dict[str, Any]] = {
        "instagram": {"user_id": "17841400000000000"},
        "tiktok": {"client_key": "key", "client_secret": SecretStr("secret")},
    }
    return of.Config(api_url=sandbox.base, **own.get(of.name, {}))


def scrolled(sandbox: Sandbox) -> Callable[[Call], Answer]:
    """As `opening`, and TikTok's page fetches its lists too, signed as its script signs."""
    others = public.opening(sandbox)

    def respond(call: Call) -> Answer:
        answer = others(call)
        secret = SECRET_ID.search(answer.body.decode())
        if call.browse is None or call.browse.enough is None or secret is None:
            return answer
        got: list[Captured] = []
        cursor: str | None = "0"
        while cursor is not None and not call.browse.enough(answer.body, got):
            got.append(listed(sandbox, secret[1], cursor))
            said = json.loads(got[-1].body)
            cursor = said["cursor"] if said["hasMore"] else None
        return Answer(
            call=call,
            status=answer.status,
            headers={},
            body=answer.body,
            observed_at=sandbox.now,
            captured=tuple(got),
        )

    return respond


def listed(sandbox: Sandbox, secret: str, cursor: str) -> Captured:
    """One of the lists that TikTok's page fetches."""
    asked = f"count=30&cursor={cursor}&secUid={secret}"
    answer = sandbox.http.get(f"{LIST}?{asked}&X-Bogus={query_signature(asked)}")
    return Captured(url=LIST, status=answer.status_code, body=answer.content)


def visits(sandbox: Sandbox, of: Platform, kind: VisitKind, route: Route) -> list[Visit]:
    """A visit to each account; one that reads posts by id knows those of May."""
    made = []
    for account in official.accounts(sandbox, of):
        posts = tuple(official.in_may(sandbox, account)) if kind is VisitKind.REFRESH else ()
        one = official.visit(sandbox, account, kind, route=route, posts=posts)
        made.append(one)
    return made


def collect(sandbox: Sandbox, of: Platform, kind: VisitKind, route: Route) -> Run:
    """All accounts visited."""
    every = visits(sandbox, of, kind, route)
    if route is Route.WEB:
        return drive(of, public.config(sandbox, of), every, scrolled(sandbox))
    config = api_config(sandbox, of)
    respond = official.calling(sandbox, of, token(sandbox, of, config))
    return drive(of, config, every, respond)


def store(db: Store, sandbox: Sandbox, of: Platform, pages: Iterable[Page]) -> None:
    """As the writer stores them; the accounts are registered."""
    put_accounts(
        db,
        [
            Registered(city=one.city, platform=of.name, handle=one.handle, id=one.id)
            for one in official.accounts(sandbox, of)
        ],
    )
    Writer(db, Months(ZONE, timedelta(days=3))).write([harvest_page(page) for page in pages])


def changes(db: Store, sandbox: Sandbox) -> list[FieldChange]:
    """What mapping again would change, unmapped answers told as such."""
    scope = Scope(sandbox.now - timedelta(days=400))
    batches = list(Replay(db, remap, MAPPER_VERSIONS).compared(scope))
    assert [found for batch in batches for found in batch.unmapped] == []
    return [change for batch in batches for change in batch.changes]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", list(Route))
@pytest.mark.parametrize("name", PLATFORMS)
def test_stored_rows_are_those_that_were_harvested(
    sandbox: Sandbox, db: Store, name: PlatformName, route: Route, kind: VisitKind
) -> None:
    of = platform(name)
    run = collect(sandbox, of, kind, route)
    store(db, sandbox, of, run.pages)
    assert changes(db, sandbox) == []


def reel(**counters: int) -> bytes:
    """The page of a reel that shows its plays, and may show its older views too."""
    media = {
        "pk": "311",
        "id": "311_7",
        "code": "E3",
        "media_type": 2,
        "product_type": "clips",
        "taken_at": 1_747_000_000,
        "like_count": 5,
        "comment_count": 1,
        "user": {"pk": "7", "username": "quay"},
        **counters,
    }
    held = json.dumps({"data": {"xdt_api__v1__media__shortcode__web_info": {"items": [media]}}})
    return f'<script type="application/json" data-sjs>{held}</script>'.encode()


def reel_visited(body: bytes) -> Run:
    """A visit that reads this reel again."""
    one = Visit(
        platform="instagram",
        account="7",
        handle="quay",
        kind=VisitKind.REFRESH,
        slot=NOW,
        posts=("311",),
        route=Route.WEB,
    )
    of = platform("instagram")
    config = of.Config(web_url="https://pages.example.org")
    return drive(of, config, [one], lambda call: answered(call, body))


@pytest.mark.parametrize(
    ("counters", "views"),
    [
        ({"play_count": 90}, 90),
        ({"play_count": 90, "view_count": 40}, 90),
        ({"view_count": 40}, 40),
    ],
)
def test_views_of_a_reel_are_its_plays_whenever_it_is_mapped(
    db: Store, counters: dict[str, int], views: int
) -> None:
    run = reel_visited(reel(**counters))
    put_accounts(db, [Registered(platform="instagram", id="7", handle="quay", city="quay")])
    Writer(db, Months(ZONE, timedelta(days=3))).write([harvest_page(page) for page in run.pages])
    (row,) = db["post_readings"].find({})
    assert row["counts"]["views"] == views
    batches = Replay(db, remap, MAPPER_VERSIONS).compared(Scope(NOW - timedelta(days=1)))
    assert [change for batch in batches for change in batch.changes] == []


def test_a_post_that_the_mapper_of_its_day_missed_comes_back_and_no_stranger(
    sandbox: Sandbox, db: Store
) -> None:
    """YouTube's feed: one entry of the window and all older ones were not read when it came."""
    of = platform("youtube")
    run = collect(sandbox, of, VisitKind.TIMELINE, Route.WEB)
    lost = run.posts[0].id
    pages = [
        replace(
            page,
            mapped=msgspec.structs.replace(
                page.mapped, posts=tuple(p for p in page.mapped.posts if p.id != lost)
            ),
        )
        for page in run.pages
    ]
    store(db, sandbox, of, pages)
    found = changes(db, sandbox)
    assert {change.id.partition("@")[0] for change in found} == {f"youtube:{lost}"}
