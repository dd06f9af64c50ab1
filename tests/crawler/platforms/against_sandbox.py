"""Drives visits against a sandbox that really runs, and asks its world what is true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from crawler.contract import Answer, Call, Platform
from model.items import PostItem, PostType
from model.messages import Visit, VisitKind, Window
from sandbox.world.model import WorldAccount, WorldPost, to_instant
from tests.crawler.platforms.driver import Run, drive
from tests.sandbox.running import TOKEN, Sandbox

MAY = Window(datetime(2025, 4, 30, 16, tzinfo=UTC), datetime(2025, 5, 31, 16, tzinfo=UTC))


def calling(sandbox: Sandbox, platform: Platform, token: str = TOKEN) -> Callable[[Call], Answer]:
    """A function that makes calls for real."""

    def respond(call: Call) -> Answer:
        headers = {**call.headers, **platform.authorise(token)}
        response = sandbox.http.request(call.method, call.url, headers=headers, content=call.body)
        return Answer(
            call=call,
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            observed_at=sandbox.now,
        )

    return respond


def accounts(sandbox: Sandbox, platform: Platform) -> list[WorldAccount]:
    """The world's accounts of a platform."""
    return list(sandbox.world.accounts[platform.name].values())


def visit(sandbox: Sandbox, account: WorldAccount, kind: VisitKind, **more: Any) -> Visit:
    """A visit at the sandbox's present; a timeline has the window MAY."""
    return Visit(
        platform=account.platform,
        account=account.id,
        handle=account.handle,
        kind=kind,
        slot=sandbox.now,
        window=MAY if kind is VisitKind.TIMELINE else None,
        **more,
    )


def collected(
    sandbox: Sandbox, platform: Platform, config: Any, kind: VisitKind, token: str = TOKEN
) -> tuple[list[Visit], Run]:
    """All accounts visited."""
    visits = [visit(sandbox, account, kind) for account in accounts(sandbox, platform)]
    return visits, drive(platform, config, visits, calling(sandbox, platform, token))


def in_may(sandbox: Sandbox, account: WorldAccount) -> dict[str, WorldPost]:
    """The account's own posts of May that can be seen at present, by id."""
    posts = account.between(to_instant(MAY.start), to_instant(MAY.end), sandbox.instant)
    return {post.id: post for post in posts if post.type is not PostType.REPOST}


def wrong_counts(sandbox: Sandbox, item: PostItem, post: WorldPost) -> dict[str, tuple[Any, Any]]:
    """Counters that differ from the world's: name -> (mapped, true)."""
    true = sandbox.shown(post)
    return {
        name: (count.value, true.get(name))
        for name, count in item.counts.items()
        if name in ("likes", "comments", "shares", "views") and count.value != true.get(name)
    }
