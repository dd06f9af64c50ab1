"""Who is found under which id or handle: gone, renamed and reused accounts, and back again."""

from __future__ import annotations

import pytest

from model.items import PostType
from model.platform import PLATFORMS, PlatformName
from sandbox.world.directory import Directory
from sandbox.world.model import NEVER, Counters, World, WorldAccount, WorldPost, to_moment

IDS: dict[PlatformName, str] = {
    **dict.fromkeys(PLATFORMS, "70000000001"),
    "facebook": "100000000000001",
    "x": "1000000000000000001",
    "instagram": "10000000001",
    "youtube": "UC0000000000000000000001",
    "tiktok": "6800000000000000001",
}


@pytest.fixture
def directory() -> Directory:
    """A world of one account a platform, each called `City` with one post."""
    world = World("tiny", to_moment(0), to_moment(10**15))
    for name, number in IDS.items():
        account = WorldAccount(name, number, "City", "A city", "nanjing", 0, Counters([]))
        post = WorldPost(
            account, f"{number}-1", 5, NEVER, PostType.PHOTO, "", "en", False, Counters([])
        )
        account.posts.append(post)
        account.arrange()
        world.accounts[name][number] = world.handles[name]["city"] = account
        world.posts[name][post.id] = post
    return Directory(world)


@pytest.mark.parametrize("name", PLATFORMS)
def test_accounts_are_found_by_id_and_by_handle_in_any_case(
    directory: Directory, name: PlatformName
) -> None:
    account = directory.account(name, IDS[name])
    assert account is not None
    assert directory.by_handle(name, "CITY") is account
    assert directory.handle(account) == "City"
    assert directory.by_handle(name, "town") is None
    assert directory.account(name, "5") is None


@pytest.mark.parametrize("name", PLATFORMS)
def test_who_is_gone_is_not_found_and_neither_are_the_posts(
    directory: Directory, name: PlatformName
) -> None:
    post_id = f"{IDS[name]}-1"
    assert directory.post(name, post_id, 5) is not None
    directory.remove(name, IDS[name])
    assert directory.account(name, IDS[name]) is None
    assert directory.by_handle(name, "city") is None
    assert directory.post(name, post_id, 5) is None
    directory.clear()
    assert directory.by_handle(name, "city") is not None
    assert directory.post(name, post_id, 5) is not None


@pytest.mark.parametrize("name", PLATFORMS)
def test_who_is_renamed_is_found_under_the_newest_handle_alone(
    directory: Directory, name: PlatformName
) -> None:
    directory.rename(name, IDS[name], "Town")
    directory.rename(name, IDS[name], "Village")
    account = directory.by_handle(name, "village")
    assert account is directory.account(name, IDS[name])
    assert account is not None
    assert directory.handle(account) == "Village"
    assert directory.by_handle(name, "city") is None
    assert directory.by_handle(name, "town") is None


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_reused_handle_leads_to_a_stranger_of_the_same_kind_of_id(
    directory: Directory, name: PlatformName
) -> None:
    directory.reuse(name, IDS[name])
    stranger = directory.by_handle(name, "city")
    assert stranger is not None
    assert stranger.id != IDS[name]
    assert len(stranger.id) == len(IDS[name])
    assert stranger.id.startswith("UC") == (name == "youtube")
    assert stranger.visible(NEVER - 1) == []
    assert directory.account(name, stranger.id) is stranger
    assert directory.account(name, IDS[name]) is None


def test_platforms_do_not_share_what_is_changed(directory: Directory) -> None:
    directory.remove("x", IDS["x"])
    directory.rename("tiktok", IDS["tiktok"], "town")
    assert directory.by_handle("facebook", "city") is not None
    assert directory.by_handle("x", "town") is None


def test_posts_are_seen_from_publication_until_deletion(directory: Directory) -> None:
    post = directory.world.posts["x"][f"{IDS['x']}-1"]
    post.gone = 9
    seen = [directory.post("x", post.id, now) is not None for now in (4, 5, 8, 9)]
    assert seen == [False, True, True, False]
