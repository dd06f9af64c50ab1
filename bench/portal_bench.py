"""How fast the portal answers: a year of 138 cities, one process, a steady stream of readers.

    python -m bench.portal_bench [--data FOLDER] [--months N] [--rate N] [--seconds N]

A store as large as a year of the synthetic world is made (ten minutes) and kept in FOLDER
(`build/portal-year`); the next run takes it as it is, unless what fills it has changed. Then
`cityreach portal` is started over it. Requests begin at fixed instants, whether or not
earlier ones have been answered, so that waiting counts. Times run from sending to the first byte
and to the last; memory is the peak of the portal's process. The portal has been up until it is at
rest: after a start it compares the posts of twelve months, which takes some minutes. Before the
measured part every address of the mix is asked once: what a first reader waits for is printed on
its own.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import random
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import local

from rich.console import Console
from rich.table import Table

from bench.made.twelve_months import LAST, filled_year, year
from bench.measuring.figures import Figure, tell
from bench.measuring.processor import cpu_below
from embedded import Stack
from model.servers import Servers
from operations.running.clock import set_file_clock
from operations.running.parts import part, part_environment
from portal.users.people import USERS, add_person
from portal.users.roles import Role
from portal.users.sessions import begin_session
from portal.web.drawing import STATIC
from store.database import Store, connect_mongo

NOW = LAST.cutoff + timedelta(days=7)
_DATA = Path("build/portal-year")
_READY = re.compile(r"portal ready on http://127\.0\.0\.1:(\d+)")
_WORKERS = 16
_WARMING = 400
_REST, _BUSY = 5.0, 0.02
"""At rest it takes for so many seconds less than this share of a processor."""
_LASTS = timedelta(hours=12)
_SHARES = {"leaderboard": 4, "city": 3, "posts": 2, "api": 3}
_SCOPES = ("composite", "facebook", "x", "youtube", "instagram")
_local = local()


@dataclass(frozen=True, slots=True)
class Answered:
    """One request."""

    kind: str
    first: float
    """Seconds to the first byte."""
    whole: float
    status: int
    size: int


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    folder = asked.data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with Stack(folder) as stack:
        servers = stack.start()
        db = connect_mongo(servers.mongo_uri, "cityreach")
        began = time.monotonic()
        made = filled_year(db, asked.months)
        if db[USERS].find_one({"_id": "reader"}) is None:
            add_person(db, "reader", Role.ANALYST, (), "a password of a benchmark", NOW)
            db[USERS].update_many({}, {"$set": {"must_change": False}})
        how = f"made in {time.monotonic() - began:.0f} s" if made else "as it was kept"
        print(f"store of {asked.months} months, {how}: {folder}")
        secret = begin_session(db, "reader", NOW, _LASTS)
        with _portal(folder, servers) as (pid, port):
            print(f"at rest {_rested(pid):.0f} s after its start")
            reader = Reader(port, {"cookie": f"cityreach={secret}", "accept-encoding": "gzip"})
            _measure(reader, Mix(db, asked.months), pid, asked.rate, asked.seconds)
        db.client.close()


@contextmanager
def _portal(folder: Path, servers: Servers) -> Iterator[tuple[int, int]]:
    """The process and the port of a portal that has begun to serve."""
    clock = folder / "clock"
    set_file_clock(clock, NOW)
    given = {"CITYREACH_CLOCK_FILE": str(clock), "CITYREACH_PORTAL__PORT": "0"}
    environment = part_environment(servers, given)
    with subprocess.Popen(
        part("portal"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = next(m for line in process.stdout if (m := _READY.search(line)))
            yield process.pid, int(found[1])
        finally:
            process.terminate()


def _rested(pid: int) -> float:
    """Waits until the portal has done what it does beside its readers after a start; in seconds."""
    began, before = time.monotonic(), cpu_below(pid)
    while True:
        time.sleep(_REST)
        now = cpu_below(pid)
        if now - before < _BUSY * _REST:
            return time.monotonic() - began
        before = now


class Reader:
    """Asks the portal; each thread over a connection of its own."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port, self._headers = port, dict(headers)

    def ask(self, kind: str, path: str, due: float | None = None) -> Answered:
        """One request, counted from when it was due."""
        began = time.perf_counter() if due is None else due
        connection = getattr(_local, "connection", None)
        if connection is None:
            connection = _local.connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=60
            )
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
        except http.client.RemoteDisconnected:
            # It was idle for long; the portal has closed it.
            connection.close()
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
        first = time.perf_counter() - began
        body = answer.read()
        return Answered(kind, first, time.perf_counter() - began, answer.status, len(body))


class Mix:
    """What readers ask for: leaderboards, cities, posts, the API."""

    def __init__(self, db: Store, months: int) -> None:
        self._months = [period.name for period in year(months)]
        entries = db["issues"].find_one({"period": LAST.name})
        assert entries is not None
        self._cities = [one["unit"] for one in entries["entries"]]
        # Most readers look at the newest months.
        self._weights = [1] * (months - 2) + [4, 10] if months > 2 else [1] * months

    def drawn(self, count: int, seed: int = 1) -> list[tuple[str, str]]:
        """So many requests: kind and address."""
        draw = random.Random(seed)
        kinds = draw.choices(list(_SHARES), list(_SHARES.values()), k=count)
        return [(kind, self._one(kind, draw)) for kind in kinds]

    def _one(self, kind: str, draw: random.Random) -> str:
        month = draw.choices(self._months, self._weights)[0]
        city, scope = draw.choice(self._cities), draw.choice(_SCOPES)
        if kind == "leaderboard":
            sort = draw.choice(("rank", "posts", "interactions"))
            return f"/months/{month}/leaderboard?scope={scope}&sort={sort}"
        if kind == "city":
            return f"/months/{month}/cities/{city}"
        if kind == "posts":
            return f"/months/{month}/posts" + (f"?city={city}" if draw.random() < 0.7 else "")
        api = f"/api/v1/months/{month}"
        paths = (f"/leaderboards/{scope}", f"/cities/{city}/measures", f"/posts?city={city}")
        return api + draw.choice(paths)


def _measure(reader: Reader, mix: Mix, pid: int, rate: float, seconds: float) -> None:
    began = time.monotonic()
    first = [reader.ask(kind, path) for kind, path in mix.drawn(_WARMING, seed=2)]
    warm = time.monotonic() - began
    print(f"first answers: {max(one.whole for one in first):.1f} s at most, all in {warm:.0f} s")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    used = _cpu(pid)
    answers = _stream(reader, mix.drawn(round(rate * seconds)), rate)
    used = _cpu(pid) - used
    wrong = [one for one in answers if one.status != 200]
    table = Table("", "answers", "p50 ms", "p95 ms", "first byte p50", "first byte p95", "goal")
    by_kind: dict[str, list[Answered]] = defaultdict(list)
    for one in answers:
        by_kind[one.kind].append(one)
        by_kind["all"].append(one)
    goals = {"all": "p95 < 50", "leaderboard": "first byte < 30"}
    for kind in (*_SHARES, "all"):
        table.add_row(kind, *_row(by_kind[kind]), goals.get(kind, ""))
    print(f"{rate:g} requests/s for {seconds:g} s, load before {load}, {len(wrong)} not answered")
    Console().print(table)
    whole = [one.whole for one in by_kind["all"]]
    first_byte = [one.first for one in by_kind["leaderboard"]]
    told = 1000 * _share(whole, 0.95)
    tell(Figure(name=f"p95 at {rate:g} requests/s", value=told, unit="ms", at_most=50))
    told = 1000 * _share(first_byte, 0.5)
    tell(Figure(name="leaderboard, first byte, median", value=told, unit="ms", at_most=30))
    tell(Figure(name="CPU an answer", value=1000 * used / len(answers), unit="ms"))
    tell(Figure(name="memory, peak", value=_peak(pid), unit="MB", at_most=250))
    page = reader.ask("leaderboard", f"/months/{LAST.name}/leaderboard")
    assets = sum(_packed(name) for name in ("style.css", "app.js", "vendor/htmx.min.js"))
    size = (page.size + assets) / 1024
    note = f"{page.size / 1024:.0f} KB of it the page; without the chart library"
    tell(Figure(name="leaderboard, compressed", value=size, unit="KB", at_most=120, note=note))


def _stream(reader: Reader, asked: Sequence[tuple[str, str]], rate: float) -> list[Answered]:
    """Asks at fixed instants."""
    begin = time.perf_counter() + 0.2

    def one(number: int) -> Answered:
        due = begin + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        return reader.ask(*asked[number], due=due)

    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(one, range(len(asked))))


def _row(answers: Sequence[Answered]) -> tuple[str, ...]:
    whole, first = ([getattr(one, name) for one in answers] for name in ("whole", "first"))
    return (
        str(len(answers)),
        *(f"{1000 * _share(values, p):.0f}" for values in (whole, first) for p in (0.5, 0.95)),
    )


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    """MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _packed(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 1))


if __name__ == "__main__":
    main()
