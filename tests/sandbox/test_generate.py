"""Made-up worlds: the same seed gives the same world, and the odd cases are in it."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.items import PostType
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from sandbox.generate.growth import reaction_counts
from sandbox.generate.maker import generate
from sandbox.generate.seasons import generate_months
from sandbox.world.file import load_world
from sandbox.world.model import NEVER, SECOND, World, WorldPost, to_instant
from tests.sandbox.running import ROOT, SMALL

SHIPPED = SMALL.with_name("three-months.jsonl.gz")
DAY = 86_400 * SECOND
MAY = Period.month("2025-05")


@pytest.fixture(scope="module")
def small() -> World:
    return load_world(SMALL)


def posts(world: World) -> Iterable[WorldPost]:
    return (post for of_platform in world.posts.values() for post in of_platform.values())


def test_the_shipped_world_is_the_generated_one() -> None:
    # The text is compared: packed, it may differ where another zlib is at work.
    assert gzip.decompress(generate(7, 20)) == gzip.decompress(SMALL.read_bytes())


def test_the_shipped_world_of_three_months_is_the_generated_one() -> None:
    assert gzip.decompress(generate_months(7, 24, "2025-05", 3)) == gzip.decompress(
        SHIPPED.read_bytes()
    )


def test_months_differ_and_the_running_one_has_posts() -> None:
    world = load_world(SHIPPED)
    assert len({a.city for of in world.accounts.values() for a in of.values()}) == 24
    starts = [to_instant(datetime(2025, month, 1, tzinfo=UTC)) for month in (3, 4, 5, 6)]
    busiest = [
        Counter(p.account.city for p in posts(world) if start <= p.published < start + 4 * DAY)
        for start in starts
    ]
    assert all(len(counted) > 15 for counted in busiest)
    for platform in PLATFORMS:
        for account in world.accounts[platform].values():
            for at in (*starts, to_instant(MAY.cutoff)):
                # A list that is shorter than its counter says would be taken for cut.
                said = account.counters.at(at)["posts"]
                assert said - len(account.visible(at)) <= 1, account.handle


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not() -> None:
    assert generate(3, 2) == generate(3, 2)
    assert gzip.decompress(generate(3, 2)) != gzip.decompress(generate(4, 2))


def test_the_world_covers_the_month_and_its_cutoff(small: World) -> None:
    assert small.start < MAY.start
    assert (MAY.start - small.start).days == 2
    assert (small.end - MAY.cutoff).days == 2
    assert len({a.city for of in small.accounts.values() for a in of.values()}) == 20
    sizes = {name: len(of) for name, of in small.posts.items()}
    assert all(sizes[name] > 100 for name in PLATFORMS)
    assert 800 < sum(sizes.values()) < 1100


def test_the_odd_cases_are_in_it(small: World) -> None:
    cutoff, found = to_instant(MAY.cutoff), Counter[str]()
    for post in posts(small):
        found["pinned and old"] += post.pinned and post.published < to_instant(small.start)
        found["deleted before the cut-off"] += post.gone < cutoff
        found["deleted after the cut-off"] += cutoff <= post.gone < NEVER
        found["repost"] += post.type is PostType.REPOST
        found["quote"] += post.type is PostType.QUOTE
        shown = post.counters.at(cutoff)
        found[f"hidden likes on {post.account.platform}"] += "likes" not in shown
        found["closed comments"] += "comments" not in shown
        found["no text"] += not post.text
        found["falling likes"] += falls(post)
    names = ["instagram", "youtube"]
    expected = {f"hidden likes on {name}" for name in names} | {
        "pinned and old",
        "deleted before the cut-off",
        "deleted after the cut-off",
        "repost",
        "quote",
        "closed comments",
        "no text",
        "falling likes",
    }
    assert {name for name, number in found.items() if number} == expected


def falls(post: WorldPost) -> bool:
    before, last = post.counters.at(NEVER - 1), post.counters.at(NEVER)
    readings = [
        post.counters.at(post.published + hours * 3600 * SECOND) for hours in range(0, 960, 6)
    ]
    likes = [reading["likes"] for reading in [*readings, before, last] if "likes" in reading]
    return likes != sorted(likes)


def test_posts_lie_at_the_very_edges_of_the_month(small: World) -> None:
    for platform in PLATFORMS:
        times = {post.published for post in small.posts[platform].values()}
        for edge in (to_instant(MAY.start), to_instant(MAY.end)):
            assert {edge - SECOND, edge} <= times


def test_an_account_is_silent_and_some_fill_several_pages(small: World) -> None:
    counts = {
        name: [len(account.visible(to_instant(MAY.cutoff))) for account in of.values()]
        for name, of in small.accounts.items()
    }
    assert 0 in counts["x"]
    pages: dict[PlatformName, int] = {
        "facebook": 100,
        "x": 100,
        "instagram": 50,
        "youtube": 50,
        "tiktok": 100,
    }
    assert all(max(counts[name]) > size for name, size in pages.items())


def test_kinds_of_reactions_add_up() -> None:
    for total in (0, 1, 7, 99, 100, 12_345):
        kinds = reaction_counts(total)
        assert sum(kinds.values()) == total
        assert min(kinds.values()) >= 0


def test_the_command_writes_a_world_that_loads(tmp_path: Path) -> None:
    out = tmp_path / "made.jsonl.gz"
    command = [sys.executable, "-m", "sandbox.generate", "--out", str(out), "--cities", "3"]
    subprocess.run([*command, "--month", "2024-12"], cwd=ROOT, check=True)
    world = load_world(out)
    assert f"{world.start:%Y-%m-%d}" == "2024-11-28"
    assert len(world.accounts["facebook"]) in (2, 3)


@pytest.mark.parametrize(
    "arguments",
    [("--cities", "0"), ("--cities", "999"), ("--month", "May"), ("--months", "0")],
)
def test_arguments_that_cannot_be_used(tmp_path: Path, arguments: tuple[str, str]) -> None:
    out = tmp_path / "made.jsonl.gz"
    command = [sys.executable, "-m", "sandbox.generate", "--out", str(out), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not out.exists()
