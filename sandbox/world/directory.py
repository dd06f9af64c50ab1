"""Who is found under which id or handle: the world, as changed by accounts that went or renamed."""

from __future__ import annotations

from collections.abc import Mapping

from model.platform import PlatformName
from sandbox.world.model import NEVER, Counters, World, WorldAccount, WorldPost
from sandbox.world.strangers import stranger_of


class Directory:
    """Look-ups in the world. All platforms find accounts and posts through it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._gone: set[tuple[PlatformName, str]] = set()
        self._handles: dict[tuple[PlatformName, str], str] = {}
        self._by_handle: dict[tuple[PlatformName, str], WorldAccount | None] = {}
        self._stand_ins: dict[tuple[PlatformName, str], WorldAccount] = {}
        self._suspended: set[tuple[PlatformName, str]] = set()
        """Ids and lower-case handles."""
        self.age_gated: set[tuple[PlatformName, str]] = set()
        """Accounts whose pages ask for a log-in because of their visitors' age."""
        self._posts: dict[tuple[PlatformName, str], WorldPost] = {}
        """The strangers' posts."""
        self._published: dict[WorldPost, int] = {}
        self._counters: dict[WorldPost, Counters] = {}
        """What posts said before it was changed."""

    def clear(self) -> None:
        """Everybody is there again, under the old handle, with posts as the world has them."""
        self._restore_posts()
        for changed in (self._gone, self._handles, self._by_handle, self._stand_ins, self._posts):
            changed.clear()
        self._suspended.clear()
        self.age_gated.clear()

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
        post = self.known_post(platform, post_id)
        if post is None or not post.visible(now):
            return None
        return None if (platform, post.account.id) in self._gone else post

    def known_post(self, platform: PlatformName, post_id: str) -> WorldPost | None:
        """The post of that id, whether it can be seen or not."""
        post = self._posts.get((platform, post_id))
        return post or self.world.posts[platform].get(post_id)

    def remove(self, platform: PlatformName, account_id: str) -> None:
        """The account goes, with its posts."""
        self._gone.add((platform, account_id))

    def suspend(self, platform: PlatformName, account_id: str) -> None:
        """The account goes, and the platform says that it is suspended."""
        self.remove(platform, account_id)
        handle = self.world.accounts[platform][account_id].handle
        self._suspended |= {(platform, account_id), (platform, handle.lower())}

    def suspended(self, platform: PlatformName, name: str) -> bool:
        """Whether the account of this id or handle is suspended."""
        return (platform, name.lower()) in self._suspended

    def rename(self, platform: PlatformName, account_id: str, handle: str) -> None:
        """The account is found under another handle from now on; nobody has the old one."""
        account = self.world.accounts[platform][account_id]
        self._by_handle[platform, self.handle(account).lower()] = None
        self._by_handle[platform, handle.lower()] = account
        self._handles[platform, account_id] = handle

    def reuse(
        self, platform: PlatformName, account_id: str, posts: int = 0, now: int = NEVER
    ) -> None:
        """The account goes, and a stranger takes its handle, with so many posts before `now`."""
        old = self.world.accounts[platform][account_id]
        before = [post for post in old.posts if post.published < now]
        stranger = stranger_of(old, before[len(before) - min(posts, len(before)) :])
        self._gone.add((platform, account_id))
        self._stand_ins[platform, stranger.id] = stranger
        self._by_handle[platform, old.handle.lower()] = stranger
        self._posts.update({(platform, post.id): post for post in stranger.posts})

    def retime(self, account: WorldAccount, times: Mapping[WorldPost, int]) -> None:
        """Posts of the account were published at other times."""
        for post, published in times.items():
            self._published.setdefault(post, post.published)
            post.published, post.face = published, None
        _arrange(account)

    def swap_counters(self, account: WorldAccount) -> None:
        """Each two neighbouring posts of the account have one another's counters."""
        for one, other in zip(account.posts[::2], account.posts[1::2], strict=False):
            for post in (one, other):
                self._counters.setdefault(post, post.counters)
            one.counters, other.counters = other.counters, one.counters

    def _restore_posts(self) -> None:
        for post, published in self._published.items():
            post.published, post.face = published, None
        for post, counters in self._counters.items():
            post.counters = counters
        for account in {post.account.id: post.account for post in self._published}.values():
            _arrange(account)
        self._published.clear()
        self._counters.clear()


def _arrange(account: WorldAccount) -> None:
    account.arrange()
    account.shelf = None
