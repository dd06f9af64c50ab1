"""Pages a second of the whole path, against bare Scrapy fetching the same pages in the same run.

Whole path: visits dispatched → spider → Redis → writer → MongoDB, each in its own process, until
the last outcome is stored. Yardstick: a Scrapy spider with Scrapy's own settings and the same
concurrency that fetches the same addresses from the same sandbox and keeps nothing. A page holds 18
posts, the mean of a month of 138 cities on all platforms.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bus.dispatch import Dispatcher
from cityreach.settings import load_settings
from model.messages import Visit, VisitKind, Window
from model.period import Period
from model.platform import PlatformName
from operations.rehearsal.world_run import TOKEN, started, world_accounts
from sandbox.world.file import load_world
from store.accounts import put_accounts

PLATFORM: PlatformName = "x"
ROUNDS = 3
_BARE = """
import json, sys, time
import scrapy
from scrapy.crawler import AsyncCrawlerProcess

URLS = json.load(open(sys.argv[1]))
HEADERS = {"authorization": "Bearer " + sys.argv[2]}
TIMES = []

class Bare(scrapy.Spider):
    name = "bare"
    async def start(self):
        for url in URLS:
            yield scrapy.Request(url, headers=HEADERS, dont_filter=True)
    def parse(self, response):
        TIMES.append((time.monotonic(), len(response.body)))

process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 16,
                               "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0})
process.crawl(Bare)
process.start()
begin, end = TIMES[0][0], TIMES[-1][0]
print(json.dumps({"pages": len(TIMES), "seconds": end - begin,
                  "bytes": sum(size for _, size in TIMES)}))
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
    """Prints pages a second of both, and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = world(folder, accounts=600, posts=18)
        rounds = [one_round(folder / str(n), path) for n in range(ROUNDS)]
    whole, bare = (median(r[k] for r in rounds) for k in ("whole", "bare"))
    ratio = median(r["whole"] / r["bare"] for r in rounds)
    print(f"whole path   {whole:8.1f} pages/s of 18 posts, last outcome stored")
    print(f"bare Scrapy  {bare:8.1f} pages/s, the same pages, nothing kept")
    print(f"ratio        {ratio:8.2f}   (goal: at least 0.70; median of {ROUNDS} rounds)")


def one_round(folder: Path, path: Path) -> dict[str, float]:
    """Both, one after the other, against the same sandbox."""
    folder.mkdir()
    load = partial(load_settings, None)
    settings = load(data_dir=folder, mongo_database="cityreach_bench")
    period = Period.month("2025-05")
    with started(load, settings, path, period.start, lambda _: None) as run:
        put_accounts(run.runtime.db, world_accounts(load_world(path)))
        run.move(period.cutoff)
        visits = [
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
        _warm(run.runtime, visits[0])
        begin = time.monotonic()
        Dispatcher(run.runtime.redis).dispatch(visits[1:])
        ids = [visit.id for visit in visits]
        while len(run.runtime.queries.visit_states(ids)) < len(ids):
            time.sleep(0.02)
        seconds = time.monotonic() - begin
        raw = list(run.runtime.db.raw.find({}, {"url": True}))
        pages = len(raw) - 1
        bare = _bare(folder, [row["url"] for row in raw])
    return {"whole": pages / seconds, "bare": bare["pages"] / bare["seconds"]}


def _warm(runtime: Any, visit: Visit) -> None:
    """The first visit waits for the parts to be up; it is not timed."""
    Dispatcher(runtime.redis).dispatch([visit])
    while not runtime.queries.visit_states([visit.id]):
        time.sleep(0.02)


def _bare(folder: Path, urls: list[str]) -> dict[str, float]:
    (folder / "urls.json").write_text(json.dumps(urls))
    (folder / "bare.py").write_text(_BARE)
    command = [sys.executable, str(folder / "bare.py"), str(folder / "urls.json"), TOKEN]
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}
    )
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
