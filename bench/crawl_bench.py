"""CPU time a page of the whole path, against Scrapy programs that fetch the same pages.

Whole path: visits dispatched → spider → Redis → writer → MongoDB, each in its own process, until
the last outcome is stored. Beside it in the same run, by turns, from the same sandbox: a Scrapy
spider with Scrapy's own settings and the same concurrency that keeps nothing, and the same spider
with one item a post and a pipeline that inserts each into MongoDB. A page holds 18 posts, the mean
of a month of 138 cities on all platforms. Times are CPU seconds by process, servers included; pages
a second of wall time stand beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.measuring.figures import Figure, tell
from bench.measuring.processor import spent_by
from bus.dispatch import Dispatcher
from cityreach.settings import load_settings
from model.messages import Visit, VisitKind, Window
from model.period import Period
from model.platform import PlatformName
from operations.rehearsal.world_run import TOKEN, DemoRun, started, world_accounts
from sandbox.world.file import load_world
from store.accounts import put_accounts

PLATFORM: PlatformName = "x"
ROUNDS = 3
PARTS = ("crawl", "write", "mongod", "valkey")
"""The processes of the whole path, as the supervisor names them."""
_NAMES = {
    "crawl": "crawler",
    "write": "writer",
    "mongod": "mongod",
    "valkey": "Valkey",
    "whole": "whole path",
    "bare": "bare Scrapy",
    "items": "Scrapy with one item a post",
}
_CRAWLER_WAY = (
    "a quarter of its time maps and checks the posts, 8 % compresses and hands over, 6 % "
    "books calls and takes answers; the rest is the path of a request through Scrapy and Twisted, "
    "which bare Scrapy has too, and which does nothing with the answers there"
)
_WHOLE_WAY = (
    "beyond the crawler, for each page a transaction of the writer reads, merges and writes the "
    "account's posts, and mongod keeps each as post, as reading and in its month, with indexes and "
    "a journal"
)


@dataclass(frozen=True, slots=True)
class Round:
    """CPU seconds a page, and pages a second of wall time, by name."""

    cpu: dict[str, float]
    pages: dict[str, float]


_BARE = """
import json, sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

URLS = json.load(open(sys.argv[1]))
HEADERS = {"authorization": "Bearer " + sys.argv[2]}
MONGO = sys.argv[3] if len(sys.argv) > 3 else ""
TIMES = []

class Insert:
    def open_spider(self):
        import pymongo
        self.posts = pymongo.MongoClient(MONGO)["cityreach_bench_items"]["posts"]
    def process_item(self, item):
        self.posts.insert_one(dict(item))
        return item

class Bare(scrapy.Spider):
    name = "bare"
    async def start(self):
        for url in URLS:
            yield scrapy.Request(url, headers=HEADERS, dont_filter=True)
    def parse(self, response):
        TIMES.append((time.monotonic(), time.process_time()))
        if MONGO:
            yield from json.loads(response.body).get("data", ())

process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 16,
                               "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0,
                               "ITEM_PIPELINES": {Insert: 300} if MONGO else {}})
process.crawl(Bare)
process.start()
(begin, cpu), end = TIMES[0], TIMES[-1][0]
print(json.dumps({"pages": len(TIMES) - 1, "seconds": end - begin,
                  "cpu": time.process_time() - cpu}))
"""


def world(folder: Path, accounts: int, posts: int) -> Path:
    """One platform's world: accounts of `posts` posts in May 2025, one page of them."""
    path = folder / "bench.jsonl"
    start = "2025-04-28T00:00:00Z"
    lines: list[dict[str, Any]] = [
        {
            "kind": "world",
            "version": 1,
            "name": "bench",
            "start": start,
            "end": "2025-06-08T00:00:00Z",
            "note": "for the benchmark",
        }
    ]
    for number in range(accounts):
        owner = str(10**17 + number)
        lines.append(
            {
                "kind": "account",
                "platform": PLATFORM,
                "id": owner,
                "handle": f"bench{number}",
                "name": f"Bench {number}",
                "city": "nanjing",
                "created_at": "2015-01-01T00:00:00Z",
                "readings": [{"at": start, "followers": 1000 + number}],
            }
        )
        lines.extend(_post(owner, number, index) for index in range(posts))
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    return path


def _post(owner: str, number: int, index: int) -> dict[str, Any]:
    published = Period.month("2025-05").start + timedelta(minutes=1 + index * 800)
    at = f"{published:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "kind": "post",
        "platform": PLATFORM,
        "account": owner,
        "id": str(1_917_000_000_000_000_000 + number * 100_000 + index),
        "published_at": at,
        "type": "text",
        "text": f"Post {index} of city {number}, on what there is to see today.",
        "lang": "en",
        "pinned": False,
        "deleted_at": None,
        "readings": [
            {
                "at": at,
                "likes": index * 3 % 997,
                "comments": index % 41,
                "shares": index % 83,
                "views": index * 117 % 50_021,
            }
        ],
    }


def main() -> None:
    """Tells CPU milliseconds a page by process, and the ratios of the same rounds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = world(folder, accounts=600, posts=18)
        rounds = [_one_round(folder / str(n), path) for n in range(ROUNDS)]
    for part in (*PARTS, "bare", "items"):
        value = median(one.cpu[part] for one in rounds)
        tell(Figure(name=f"{_NAMES[part]}, CPU a page of 18 posts", value=1000 * value, unit="ms"))
    crawler = median(one.cpu["crawl"] / one.cpu["bare"] for one in rounds)
    whole = median(sum(one.cpu[part] for part in PARTS) / one.cpu["bare"] for one in rounds)
    items = median(one.cpu["items"] / one.cpu["bare"] for one in rounds)
    wall = median(one.pages["whole"] / one.pages["bare"] for one in rounds)
    tell(_ratio("crawler process : bare Scrapy, CPU", crawler, 1.0, _CRAWLER_WAY))
    tell(_ratio("crawler, writer and servers : bare Scrapy, CPU", whole, 2.2, _WHOLE_WAY))
    tell(_ratio("one item a post, MongoDB left out : bare Scrapy, CPU", items))
    for kind in ("whole", "bare", "items"):
        speed = median(one.pages[kind] for one in rounds)
        tell(Figure(name=f"{_NAMES[kind]}, wall", value=speed, unit="pages/s"))
    tell(
        Figure(
            name="whole path : bare Scrapy, pages/s of wall time",
            value=wall,
            unit="x",
            at_least=0.85,
            way="crawler, writer, mongod and the sandbox that answers share the cores, which bare "
            "Scrapy has for itself and the sandbox",
            note="means something on two idle cores alone",
        )
    )


def _ratio(name: str, value: float, at_most: float | None = None, way: str = "") -> Figure:
    return Figure(name=name, value=value, unit="x", at_most=at_most, portable=True, way=way)


def _one_round(folder: Path, path: Path) -> Round:
    """All three, one after the other, against the same sandbox."""
    folder.mkdir()
    load = partial(load_settings, None)
    settings = load(data_dir=folder, mongo_database="cityreach_bench")
    period = Period.month("2025-05")
    with started(load, settings, path, period.start, lambda _: None) as run:
        put_accounts(run.runtime.db, world_accounts(load_world(path)))
        run.move(period.cutoff)
        first, *rest = timelines(run, period)
        _await(run, first)
        watched = {part.name: part.pid for part in run.supervisor.statuses() if part.pid}
        spent, begin = spent_by(watched), time.monotonic()
        _await(run, *rest)
        seconds, used = time.monotonic() - begin, spent()
        urls = [row["url"] for row in run.runtime.db.raw.find({}, {"url": True})]
        bare = _scrapy(folder, urls)
        items = _scrapy(folder, urls, run.environment["CITYREACH_MONGO_URI"])
    pages = len(urls) - 1
    theirs = {"bare": bare, "items": items}
    return Round(
        cpu={name: used[name] / pages for name in PARTS}
        | {name: one["cpu"] / one["pages"] for name, one in theirs.items()},
        pages={"whole": pages / seconds}
        | {name: one["pages"] / one["seconds"] for name, one in theirs.items()},
    )


def timelines(run: DemoRun, period: Period) -> list[Visit]:
    """One of each account, of the whole month."""
    return [
        Visit(
            platform=PLATFORM,
            account=account.id,
            handle=account.handle,
            kind=VisitKind.TIMELINE,
            slot=period.cutoff,
            window=Window(period.start, period.end),
        )
        for account in run.runtime.queries.accounts()
    ]


def _await(run: DemoRun, *visits: Visit) -> None:
    """Dispatches them and waits until the last outcome is stored. The first visit of a round waits
    for the parts to be up, so it is not timed."""
    Dispatcher(run.runtime.redis).dispatch(list(visits))
    ids = [visit.id for visit in visits]
    stored = run.runtime.db.visits
    while stored.count_documents({"_id": {"$in": ids}, "outcome": {"$ne": None}}) < len(ids):
        time.sleep(0.05)


def _scrapy(folder: Path, urls: list[str], mongo_uri: str = "") -> dict[str, float]:
    (folder / "urls.json").write_text(json.dumps(urls))
    (folder / "bare.py").write_text(_BARE)
    options = [str(folder / "urls.json"), TOKEN, *([mongo_uri] if mongo_uri else [])]
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, str(folder / "bare.py"), *options],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
