"""A server that is away or refuses: one sentence with its masked address, exit 1, every command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from pymongo import MongoClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded import checks
from operations import status
from portal.alerts import checks as alert_checks
from tests.cityreach.in_process import Done, command
from tests.servers import valkey
from tests.store.mongod import Mongod
from tests.test_docs import commands

MONTH = ("--period", "2025-05")
MONGO, REDIS = "CITYREACH_MONGO_URI", "CITYREACH_REDIS_URI"
PASSWORD = "p@ss/w0rd"


@dataclass(frozen=True)
class Use:
    """What a command asks for, and how it is called."""

    servers: str
    """m: MongoDB; r: Redis; w: Redis, and it writes there."""
    args: tuple[str, ...] = ()


USES = {
    "demo": Use("mrw"),
    "try": Use("mrw", ("--world", "none.jsonl")),
    "faults list": Use(""),
    "faults add": Use("", ("rate_limited",)),
    "faults clear": Use(""),
    "up": Use("mrw"),
    "schedule": Use("mrw"),
    "crawl": Use("rw", ("--platform", "x")),
    "write": Use("mrw"),
    "sandbox": Use("", ("--world", "none.jsonl")),
    "accounts list": Use("m"),
    "accounts import": Use("m", ("accounts.csv",)),
    "accounts template": Use("", ("--out", "accounts.csv")),
    "accounts check": Use("m"),
    "accounts verify": Use("m"),
    "accounts export": Use("m"),
    "collect": Use("mrw"),
    "map": Use("", ("none.json", "--platform", "x")),
    "measures": Use("m", MONTH),
    "score": Use("m", MONTH),
    "top": Use("m", MONTH),
    "index": Use("", ("--method", "giu", "--input", "none.csv")),
    "explain": Use("m", ("beijing", *MONTH)),
    "raw": Use("m", ("0" * 64,)),
    "diff": Use("m", ("2025-04", "2025-05")),
    "whatif": Use("m", (*MONTH, "--weight", "x=1")),
    "robust": Use("m", MONTH),
    "evidence": Use("m", ("x:1", "--list")),
    "ratings sheet": Use("m", (*MONTH, "--rater", "r1", "--out", "sheet.xlsx")),
    "ratings import": Use("m", ("ratings.csv",)),
    "ratings status": Use("m", MONTH),
    "ratings lock": Use("m", MONTH),
    "ratings unlock": Use("m", (*MONTH, "--reason", "why")),
    "indicators import": Use("m", ("indicators.csv",)),
    "indicators template": Use("m", (*MONTH, "--out", "template.csv")),
    "months rebuild": Use("m"),
    "panel show": Use("m", MONTH),
    "panel freeze": Use("m", MONTH),
    "issue check": Use("m", MONTH),
    "issue draft": Use("m", MONTH),
    "issue choose": Use("m", MONTH),
    "issue withdraw": Use("m", MONTH),
    "issue freeze": Use("m", MONTH),
    "issue revise": Use("m", (*MONTH, "--reason", "why")),
    "issue list": Use("m"),
    "issue show": Use("m", MONTH),
    "issue diff": Use("m", MONTH),
    "gaps": Use("m", MONTH),
    "visits list": Use("m"),
    "visits dead": Use("r"),
    "visits requeue": Use("m", ("one",)),
    "replay": Use("m", ("--since", "2025-05-01")),
    "alerts check": Use("mr"),
    "alerts test": Use(""),
    "digest add": Use("m", ("desk", "--channel", "mail", "--address", "desk@example.org")),
    "digest list": Use("m"),
    "digest remove": Use("m", ("desk",)),
    "digest send": Use("m"),
    "digest sent": Use("m"),
    "backup": Use("mr", ("backups",)),
    "restore": Use("", ("none",)),
    "migrate": Use("mrw"),
    "cost": Use("", ("--accounts", "1")),
    "quota": Use("r"),
    "portal": Use("m"),
    "mcp": Use(""),
    "user add": Use("m", ("somebody", "--role", "analyst")),
    "user list": Use("m"),
    "user disable": Use("m", ("somebody",)),
    "user password": Use("m", ("somebody",)),
    "token create": Use("m", ("--user", "somebody")),
    "token list": Use("m"),
    "token revoke": Use("m", ("abcdef",)),
    "accounts rest": Use("m", ("x:1", "--reason", "why")),
    "accounts remove": Use("m", ("x:1", "--reason", "why")),
    "accounts resume": Use("m", ("x:1",)),
    "analyse chances": Use("m", MONTH),
    "analyse indicators": Use("m", MONTH),
    "analyse panel": Use("m", MONTH),
    "analyse own-weights": Use("m", MONTH),
    "analyse screening": Use("m", MONTH),
    "report": Use("m", MONTH),
    "export": Use("m", ("leaderboard", *MONTH)),
    "issue export": Use("m", MONTH),
    "issue import": Use("", ("none.zip",)),
    "issue verify": Use("", ("none.zip",)),
    "media plan": Use("", MONTH),
    "media collect": Use("m", MONTH),
    "media count": Use("m", MONTH),
    "media explain": Use("m", ("beijing", *MONTH)),
    "media check": Use("m", ("beijing", *MONTH)),
    "media interest": Use("m", MONTH),
    "media trends": Use("", ("none.csv", *MONTH)),
    "media titles": Use("", ("beijing", "none.json")),
    "tone check": Use("", ("none.csv",)),
    "tone fit": Use("", ("none.csv",)),
    "status": Use("mrw"),
    "doctor": Use("mrw"),
}
"""Every command; with what it needs, it is refused before it has begun anything."""
TABLES = {
    "accounts.csv": "city,platform,handle\nbeijing,x,somebody\n",
    "ratings.csv": "city,platform,period,rater,quality\nbeijing,x,2025-05,r1,4\n",
    "indicators.csv": "city,period,code,value,source\nbeijing,2025-05,media_articles,1,desk\n",
}
REPORTS = {"status", "doctor", "alerts check"}
"""They go on, and say it among the rest."""


@dataclass(frozen=True)
class Trouble:
    """A server that cannot be worked with."""

    needs: str
    """Commands that need this are refused; see `Use.servers`."""
    key: str
    uri: str
    words: str
    shown: str = field(default="")
    """The address as it may be shown."""


@pytest.fixture(scope="module")
def troubles(
    tmp_path_factory: pytest.TempPathFactory, mongod: Mongod
) -> Iterator[dict[str, Trouble]]:
    """By name, each with a server of its own where it takes one."""
    alone = Mongod(tmp_path_factory.mktemp("alone"), member=False)
    member = Mongod(tmp_path_factory.mktemp("member"))
    alone.start()
    member.start()
    with MongoClient[dict[str, object]](member.direct) as client:
        client.admin.command({"replSetStepDown": 600, "force": True})
    with valkey(tmp_path_factory.mktemp("replica")) as (replica, _):
        with Redis.from_url(replica) as client_:
            client_.replicaof("127.0.0.1", 9)
            client_.config_set("requirepass", "right")
        host = mongod.direct.removeprefix("mongodb://")
        queue = replica.removeprefix("redis://")
        yield {
            "mongo password": Trouble(
                "m",
                MONGO,
                f"mongodb://me:wr0ng@{host}",
                "refuses the user",
                f"mongodb://me:***@{host}",
            ),
            "mongo address": Trouble(
                "m", MONGO, f"mongodb://me:{PASSWORD}@{host}", "%40", f"mongodb://me:***@{host}"
            ),
            "standalone": Trouble("m", MONGO, alone.direct, "is a standalone server"),
            "read-only member": Trouble(
                "m", MONGO, f"{member.direct}?directConnection=true", "is a read-only member"
            ),
            "redis password": Trouble(
                "r", REDIS, f"redis://:wr0ng@{queue}", "refuses the user", f"redis://:***@{queue}"
            ),
            "redis address": Trouble(
                "r", REDIS, f"redis://:{PASSWORD}@{queue}", "%40", f"redis://:***@{queue}"
            ),
            "read-only replica": Trouble(
                "w",
                REDIS,
                f"redis://:right@{queue}",
                "is a read-only replica",
                f"redis://:***@{queue}",
            ),
        }
    alone.stop()
    member.stop()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """What waits for a server waits for so many milliseconds."""

    def hurry(within: int) -> None:
        # Each command asks; the driver takes half a second to find out that nobody is there.
        monkeypatch.setattr("operations.health.servers.ask_mongo", cache(checks.ask_mongo))
        monkeypatch.setattr(checks, "_ANSWER_WITHIN_MS", within)
        monkeypatch.setattr(status, "_PATIENCE", within / 1000)
        monkeypatch.setattr(alert_checks, "DATABASE_WITHIN", within / 1000)
        monkeypatch.setattr("bus.connection.Retry", lambda backoff, retries: Retry(NoBackoff(), 0))

    return hurry


def test_every_command_is_in_the_table() -> None:
    assert set(USES) == set(commands())


FIRM = ("mongo password", "mongo address", "standalone", "read-only member")
QUEUE = ("redis password", "redis address", "read-only replica")
SOME = {"accounts list", "top", "schedule", "up", "status", "visits dead", "quota", "doctor"}
"""Of each kind of command one or two."""


def untold(trouble: Trouble, more: dict[str, str], folder: Path, among: set[str]) -> object:
    """By command, what is not as it should be."""
    for file, text in TABLES.items():
        (folder / file).write_text(text, "utf-8")
    wrong = {}
    for called in sorted(among):
        use = USES[called]
        if trouble.needs in use.servers:
            settings = {**more, trouble.key: trouble.uri}
            done = command(*called.split(), *use.args, data=folder, **settings)
            if found := _wrong(called, trouble, done):
                wrong[called] = found
    return wrong


@pytest.mark.parametrize("key", [MONGO, REDIS])
def test_every_command_says_that_a_server_is_away(
    key: str, mongod: Mongod, redis_uri: str, tmp_path: Path, hurried: Callable[[int], None]
) -> None:
    hurried(50)
    scheme = "mongodb" if key == MONGO else "redis"
    trouble = Trouble(
        "m" if key == MONGO else "r",
        key,
        f"{scheme}://me:wr0ng@127.0.0.1:9/",
        "cannot be reached",
        f"{scheme}://me:***@127.0.0.1:9/",
    )
    more = {MONGO: mongod.uri, REDIS: redis_uri, "CITYREACH_MONGO_DATABASE": "trouble"}
    assert untold(trouble, more, tmp_path, set(USES)) == {}


@pytest.mark.parametrize("name", [*FIRM, *QUEUE])
def test_a_server_that_refuses_is_told(
    name: str,
    troubles: dict[str, Trouble],
    mongod: Mongod,
    redis_uri: str,
    tmp_path: Path,
    hurried: Callable[[int], None],
) -> None:
    hurried(2000)
    more = {MONGO: mongod.uri, REDIS: redis_uri, "CITYREACH_MONGO_DATABASE": "trouble"}
    assert untold(troubles[name], more, tmp_path, SOME) == {}


@pytest.mark.long
@pytest.mark.parametrize("name", [*FIRM, *QUEUE])
def test_every_command_tells_of_a_server_that_refuses(
    name: str,
    troubles: dict[str, Trouble],
    mongod: Mongod,
    redis_uri: str,
    tmp_path: Path,
    hurried: Callable[[int], None],
) -> None:
    hurried(2000)
    more = {MONGO: mongod.uri, REDIS: redis_uri, "CITYREACH_MONGO_DATABASE": "trouble"}
    assert untold(troubles[name], more, tmp_path, set(USES)) == {}


def _wrong(called: str, trouble: Trouble, done: Done) -> list[str]:
    """What is not as it should be with a command's answer."""
    said = done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    # An address that cannot be read is a fault of the settings: no rule can be asked.
    goes_on = called == "alerts check" and trouble.words != "%40"
    asked = {
        "a traceback": "Traceback" in said,
        f"exit {done.returncode}": done.returncode != (3 if goes_on else 1),
        f"{len(lines)} lines": called not in REPORTS and len(lines) != 1,
        f"without {trouble.words!r}: {said[-300:]}": not goes_on and trouble.words not in said,
        f"without the address: {said[-300:]}": not goes_on
        and (trouble.shown or trouble.uri) not in said.replace("\n", ""),
        "a password": any(one in said for one in ("p@ss", "ss/w0rd", "w0rd", "wr0ng")),
    }
    return [what for what, there in asked.items() if there]
