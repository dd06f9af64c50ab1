"""Who is found under which id or handle: the world, as changed by accounts that went or renamed."""

from __future__ import annotations

import hashlib

from model.platform import PlatformName
from sandbox.world.model import Counters, World, WorldAccount, WorldPost


class Directory:
    """Look-ups in the world. All platforms find accounts and posts through it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._gone: set[tuple[PlatformName, str]] = set()
        self._handles: dict[tuple[PlatformName, str], str] = {}
        self._by_handle: dict[tuple[PlatformName, str], WorldAccount | None] = {}
        self._stand_ins: dict[tuple[PlatformName, str], WorldAccount] = {}

    def clear(self) -> None:
        """Everybody is there again, under the old handle."""
        for changed in (self._gone, self._handles, self._by_handle, self._stand_ins):
            changed.clear()

    def account(self, platform: PlatformName, account_id: str) -> WorldAccount | None:
        """The account of that id, unless it went."""
        key = (platform, account_id)
        if key in self._gone:
            return None
        return self._stand_ins.get(key) or self.world.accounts[platform].get(account_id)

    def by_handle(self, platform: PlatformName, handle: str) -> WorldAccount | None:
        """The account that has this handle at present; letter case does not matter."""
        key = (platform, handle.lower())
        if key in self._by_handle:
            account = self._by_handle[key]
        else:
            account = self.world.handles[platform].get(handle.lower())
        if account is None or (platform, account.id) in self._gone:
            return None
        return account

    def handle(self, account: WorldAccount) -> str:
        """The account's present handle."""
        return self._handles.get((account.platform, account.id), account.handle)

    def post(self, platform: PlatformName, post_id: str, now: int) -> WorldPost | None:
        """The post of that id, if it can be seen at `now`."""
        post = self.world.posts[platform].get(post_id)
        if post is None or not post.visible(now):
            return None
        return None if (platform, post.account.id) in self._gone else post

    def remove(self, platform: PlatformName, account_id: str) -> None:
        """The account goes, with its posts."""
        self._gone.add((platform, account_id))

    def rename(self, platform: PlatformName, account_id: str, handle: str) -> None:
        """The account is found under another handle from now on; nobody has the old one."""
        account = self.world.accounts[platform][account_id]
        self._by_handle[platform, self.handle(account).lower()] = None
        self._by_handle[platform, handle.lower()] = account
        self._handles[platform, account_id] = handle

    def reuse(self, platform: PlatformName, account_id: str) -> None:
        """The account goes, and somebody else without posts takes its handle."""
        old = self.world.accounts[platform][account_id]
        stranger = _stand_in(old)
        self._gone.add((platform, account_id))
        self._stand_ins[platform, stranger.id] = stranger
        self._by_handle[platform, old.handle.lower()] = stranger


def _stand_in(old: WorldAccount) -> WorldAccount:
    return WorldAccount(
        platform=old.platform,
        id=_like(old.id),
        handle=old.handle,
        name="Somebody else",
        city="",
        created=old.created,
        counters=Counters([(old.created, {"followers": 12})]),
    )


def _like(account_id: str) -> str:
    """Another id of the same form: as many digits, or the same first two letters before others."""
    digest = hashlib.sha256(f"stand-in:{account_id}".encode()).hexdigest()
    if account_id.isdigit():
        least = 10 ** (len(account_id) - 1)
        return str(least + int(digest, 16) % least)
    return f"{account_id[:2]}{digest[: len(account_id) - 2]}"
