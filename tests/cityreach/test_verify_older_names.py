"""`accounts verify` of YouTube addresses from before there were handles: /user/NAME and /c/NAME."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cityreach.runtime import open_runtime
from model.account import Account
from model.servers import Servers
from operations.runtime import Runtime
from store.accounts import accounts, put_accounts
from tests.cityreach.test_verify import runtime, settings, stack, states, verified, world
from tests.sandbox.running import Sandbox

__all__ = ["runtime", "stack"]


def identified(runtime: Runtime) -> set[tuple[str, str]]:
    return {(one.id, one.handle.lower()) for one in accounts(runtime.db)}


@pytest.mark.parametrize("route", ["api", "web"])
def test_addresses_from_before_there_were_handles_become_ids(
    stack: tuple[Path, Servers], sandbox: Sandbox, runtime: Runtime, route: str
) -> None:
    data, servers = stack
    pair = world(sandbox, "youtube")[:2]
    names = [f"user/{pair[0].handle}", f"c/{pair[1].handle}"]
    older = [
        Account(platform="youtube", id="", handle=name, city=one.city)
        for one, name in zip(pair, names, strict=True)
    ]
    truth = {(one.id, one.handle.lower()) for one in pair}
    asked = settings(data, sandbox.base, youtube={"route": route})
    with closing(open_runtime(asked, servers)) as found:
        put_accounts(found.db, older)
        rows = verified(found, "youtube")
        assert states(rows) == {"resolved"}
        assert [rows[f"youtube:{name}"]["id"] for name in names] == [one.id for one in pair]
        assert all("look whether" in row["detail"] for row in rows.values())
        assert identified(found) == truth
        # The same list again means the same accounts.
        put_accounts(found.db, older)
        assert identified(found) == truth
        assert states(verified(found, "youtube")) == {"verified"}
