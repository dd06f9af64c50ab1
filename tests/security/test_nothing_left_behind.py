"""A run with failing calls and crashes leaves no token anywhere: not in logs, files, queues,
documents, raw answers, results, nor in what commands print.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import zstandard
from redis import Redis

from crawler.engine.credentials import label_of
from crawler.redaction import MARK
from embedded import running_servers
from model.servers import Servers
from tests.cityreach.demo_process import SMALL, control_of, database, environment, inside, parts
from tests.security.searching import hits, in_files, in_mongo, in_redis, texts
from tests.waiting import LIMIT, end, wait_until

TOKEN = "EAAB|telltale/7f3a+9c1d=Zq5"
CLIENT_SECRET = f"{TOKEN}-secret"
BY_COMMANDS = (
    ("status", "--json"),
    ("doctor",),
    ("visits", "list", "--json", "-n", "5000"),
    ("visits", "dead"),
    ("gaps", "--period", "2025-05", "--json"),
    ("replay", "--since", "2025-04-01", "--json"),
)


def longer_world(path: Path) -> Path:
    """Some cities of the shipped world, and a Facebook page of so many posts that its answers have
    a next page.
    """
    shipped = gzip.decompress(SMALL.read_bytes()).decode()
    lines = [json.loads(line) for line in shipped.splitlines()]
    posts = [o for o in lines if o["kind"] == "post" and o["platform"] == "facebook"]
    busiest, _ = Counter(post["account"] for post in posts).most_common(1)[0]
    for post in [post for post in posts if post["account"] == busiest and not post["pinned"]]:
        lines.append({**post, "id": f"{post['id']}1"})
    kept = _some_accounts(lines, busiest)
    few = [one for one in lines if one["kind"] == "world" or _account(one) in kept]
    path.write_text("".join(json.dumps(line) + "\n" for line in few), "utf-8")
    return path


def _account(line: dict[str, Any]) -> tuple[str, str]:
    return line["platform"], line["account" if line["kind"] == "post" else "id"]


def _some_accounts(lines: list[dict[str, Any]], busiest: str) -> set[tuple[str, str]]:
    """All accounts of the busiest page's city and of five others."""
    accounts = [one for one in lines if one["kind"] == "account"]
    own = [one["city"] for one in accounts if _account(one) == ("facebook", busiest)]
    cities = dict.fromkeys([*own, *(one["city"] for one in accounts)])
    return {_account(one) for one in accounts if one["city"] in [*cities][:6]}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A demo that stays up, with the token in every place where one belongs."""
    data = tmp_path_factory.mktemp("telltale")
    env = {**environment(data), "SANDBOX_TOKEN": TOKEN, "CITYREACH_LOG_LEVEL": "DEBUG"}
    world = longer_world(tmp_path_factory.mktemp("world") / "longer.jsonl")
    command = [
        sys.executable,
        "-m",
        "cityreach",
        "demo",
        "--keep",
        "--out",
        str(data / "out"),
        "--world",
        str(world),
    ]
    with (data / "demo.log").open("w") as log:
        process = subprocess.Popen(command, env=env, cwd=data, stdout=log, stderr=log, text=True)
        try:
            _make_trouble(data, process)
            wait_until((data / "out" / "run.json").exists, process=process)
            yield data
        finally:
            end(process)


def _make_trouble(data: Path, process: subprocess.Popen[str]) -> None:
    """Broken answers and refusals, and a crawler and a writer that crash in the middle of it."""
    address = data / "demo" / "sandbox"
    wait_until(address.exists, process=process)
    for kind in ("server_error", "rate_limited", "truncated", "cut"):
        fault = {"kind": kind, "count": 3, "skip": 10}
        httpx.post(
            f"{address.read_text()}/_sandbox/faults",
            json=fault,
            headers=control_of(data),
            timeout=LIMIT,
        )
    for name in ("cityreach crawl", "cityreach write"):
        (pid,) = wait_until(lambda name=name: parts(process, name), process=process)  # type: ignore[misc]
        os.kill(pid, signal.SIGABRT)
        wait_until(lambda n=name, b=pid: set(parts(process, n)) - {b}, process=process)  # type: ignore[misc]


def servers(data: Path) -> Servers:
    found = running_servers(data / "demo")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def refused(left: Path) -> str:
    """What commands print after every token was refused."""
    fault = {"kind": "expired_token", "ratio": 1.0}
    sandbox = (left / "demo" / "sandbox").read_text()
    httpx.post(
        f"{sandbox}/_sandbox/faults", json=fault, headers=control_of(left), timeout=LIMIT
    ).raise_for_status()
    with database(left) as db:
        account = db.accounts.find_one({"platform": "x"})["_id"]
    env = {f"CITYREACH_{name}__API_URL": sandbox for name in ("X", "YOUTUBE", "FACEBOOK")}
    env |= {"CITYREACH_X__TOKENS": f'["{TOKEN}"]', "CITYREACH_LOG_LEVEL": "DEBUG"}
    env |= {"CITYREACH_DATA_DIR": str(left / "demo"), "CITYREACH_MONGO_DATABASE": "cityreach_demo"}
    command = [sys.executable, "-m", "cityreach", "collect", "--account", account, "--json"]
    done = subprocess.run(
        command,
        env={**environment(left), **env},
        cwd=left,
        text=True,
        capture_output=True,
        timeout=LIMIT,
    )
    assert "token_invalid" in done.stdout
    return done.stdout + done.stderr


def test_the_token_was_in_use(left: Path) -> None:
    """Otherwise its absence would prove nothing."""
    with Redis.from_url(servers(left).redis_uri) as client:
        labels = {
            field.partition(b"|")[0]
            for name in client.scan_iter("cr:ledger:*")
            for field in client.hgetall(name)
        }
    assert label_of(TOKEN).encode() in labels
    with database(left) as db:
        raw = db.raw.find({"platform": "facebook", "endpoint": "timeline"})
        told = [text for answer in raw for text in texts(answer)]
        assert any(b"access_token=" + MARK.encode() in text for text in told), "no next page"
        assert db.visits.count_documents({"attempts.1": {"$exists": True}}) > 0, "nothing failed"


def test_the_search_would_find_it(tmp_path: Path) -> None:
    """In every disguise, in files, in documents, and in compressed answers."""
    disguised = [TOKEN, quote(TOKEN, safe=""), base64.b64encode(f"user:{TOKEN}.".encode()).decode()]
    for number, text in enumerate(disguised):
        (tmp_path / f"{number}").write_text(f"before {text} after")
    inside = zstandard.compress(f"an answer with {TOKEN} in it".encode() * 50)
    (tmp_path / "aof").write_bytes(b"$3\r\nraw\r\n" + inside + b"\r\n*5\r\n")
    assert len(in_files(tmp_path, TOKEN)) == len(disguised) + 1
    packed = zstandard.compress(f"https://h.example/?t={disguised[1]}".encode())
    for value in ([{"b": disguised[2]}], {disguised[0]: 1}, {"body": packed}):
        assert any(hits(text, TOKEN) for text in texts({"a": value}))


@pytest.mark.parametrize("secret", [TOKEN, CLIENT_SECRET])
def test_no_file_holds_it(left: Path, refused: str, secret: str) -> None:
    assert refused
    assert in_files(left, secret) == []


def test_the_log_of_the_queue_server_is_among_the_files(left: Path) -> None:
    (log,) = [path for path in left.rglob("*.incr.aof") if path.stat().st_size > 10_000]
    assert zstandard.FRAME_HEADER in log.read_bytes(), "with the harvest in it"


@pytest.mark.parametrize("secret", [TOKEN, CLIENT_SECRET])
def test_no_document_and_no_raw_answer_holds_it(left: Path, refused: str, secret: str) -> None:
    assert refused
    assert in_mongo(servers(left).mongo_uri, secret) == []


@pytest.mark.parametrize("secret", [TOKEN, CLIENT_SECRET])
def test_no_queue_holds_it(left: Path, secret: str) -> None:
    assert in_redis(servers(left).redis_uri, secret) == []


def test_short_lived_tokens_are_not_kept_either(left: Path) -> None:
    """TikTok's are had from the sandbox, which makes them of a word and a number."""
    sandbox = (left / "demo" / "sandbox").read_text()
    form = {
        "client_key": "sandbox-key",
        "client_secret": CLIENT_SECRET,
        "grant_type": "client_credentials",
    }
    httpx.delete(f"{sandbox}/_sandbox/faults", headers=control_of(left), timeout=LIMIT)
    answer = httpx.post(f"{sandbox}/v2/oauth/token/", data=form, timeout=LIMIT).json()
    beginning = answer["access_token"][:8]
    assert in_files(left / "demo", beginning) == []
    assert in_mongo(servers(left).mongo_uri, beginning) == []


def test_no_command_prints_it(left: Path, refused: str) -> None:
    assert not hits(refused.encode(), TOKEN)
    for command in BY_COMMANDS:
        done = inside(left, *command)
        assert done.returncode in (0, 1, 3), done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        assert not hits((done.stdout + done.stderr).encode(), TOKEN), command


def test_crashes_left_no_memory_dump(left: Path) -> None:
    assert [path for path in left.rglob("core*") if path.is_file()] == []


def test_the_log_does_say_what_went_wrong(left: Path) -> None:
    log = (left / "demo.log").read_text()
    assert "cityreach crawl ended" in log or "crawl ended" in log
    assert "DEBUG" in log
    passwords = [servers(left).redis_uri, servers(left).mongo_uri]
    for uri in passwords:
        assert uri.partition("://")[2].partition("@")[0].rpartition(":")[2] not in log
