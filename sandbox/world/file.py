"""Reads world files (JSON lines, plain or gzipped), strictly: the unknown is an error."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from model.items import PostType
from model.platform import PlatformName
from model.platforms import FACTS
from sandbox.world.model import NEVER, Counters, World, WorldAccount, WorldPost, to_instant

_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Instant = Annotated[datetime, Meta(tz=True)]
_Text = Annotated[str, Meta(min_length=1)]
MAX_LINE, MAX_WORLD = 4 * 2**20, 512 * 2**20
"""Bytes of one line and of a whole world when unpacked: a year of 138 cities is some 300 MB."""
_GZIP_MAGIC = b"\x1f\x8b"
_PATH = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_FIELD = re.compile(r"(unknown|required) field `(?P<name>[^`]*)`")
_COUNTERS = ("followers", "posts", "likes", "comments", "shares", "views", "saves")


class WorldError(ValueError):
    """A world file that cannot be served; names the file, the line, the key, and what is wrong."""

    def __init__(self, file: str, line: int, key: str, problem: str) -> None:
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}: {f'key {key!r}: ' if key else ''}{problem}")
        self.file = file
        self.line = line
        self.key = key


class WorldLine(msgspec.Struct, tag="world", tag_field="kind", forbid_unknown_fields=True):
    """The first line."""

    version: Literal[1]
    name: _Text
    start: _Instant
    end: _Instant
    note: str


class AccountReading(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The counters that an account shows from `at` on."""

    at: _Instant
    followers: _Number | UnsetType = UNSET
    posts: _Number | UnsetType = UNSET
    views: _Number | UnsetType = UNSET
    likes: _Number | UnsetType = UNSET


class PostReading(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The counters that a post shows from `at` on."""

    at: _Instant
    likes: _Number | UnsetType = UNSET
    comments: _Number | UnsetType = UNSET
    shares: _Number | UnsetType = UNSET
    views: _Number | UnsetType = UNSET
    saves: _Number | UnsetType = UNSET
    reactions: dict[str, _Number] | UnsetType = UNSET


class AccountLine(msgspec.Struct, tag="account", tag_field="kind", forbid_unknown_fields=True):
    """An account."""

    platform: PlatformName
    id: _Text
    handle: _Text
    name: str
    city: _Text
    created_at: _Instant
    readings: list[AccountReading]


class PostLine(msgspec.Struct, tag="post", tag_field="kind", forbid_unknown_fields=True):
    """A post."""

    platform: PlatformName
    account: _Text
    id: _Text
    published_at: _Instant
    type: PostType
    text: str
    lang: str
    pinned: bool
    deleted_at: _Instant | None
    readings: list[PostReading]


_Line = WorldLine | AccountLine | PostLine
_decoder: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line, strict=True)


def load_world(path: Path) -> World:
    """The world of a file. Raises WorldError for all that is not as it must be."""
    return _Loading(path.name).world(_lines(path))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines. A damaged archive is named with the line up to which it could be read."""
    number = 0
    try:
        with path.open("rb") as probe:
            zipped = probe.read(2) == _GZIP_MAGIC
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            unpacked = 0
            while line := file.readline(MAX_LINE + 1):
                number, unpacked = number + 1, unpacked + len(line)
                if len(line) > MAX_LINE:
                    problem = f"expected lines of at most {MAX_LINE >> 20} MB"
                    raise WorldError(path.name, number, "", problem)
                if unpacked > MAX_WORLD:
                    problem = f"expected at most {MAX_WORLD >> 20} MB when unpacked"
                    raise WorldError(path.name, number, "", problem)
                yield number, line
    except (OSError, EOFError, zlib.error) as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise WorldError(path.name, number, "", reason) from error


class _Loading:
    """One file being read."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._number = 0
        self._owners: list[tuple[int, WorldPost, str]] = []

    def world(self, lines: Iterator[tuple[int, bytes]]) -> World:
        first = next(lines, None)
        if first is None:
            raise WorldError(self._file, 0, "", "is empty; expected a world as the first line")
        world = self._header(first)
        waiting: list[tuple[int, PostLine]] = []
        for number, text in lines:
            line = self._decode(number, text)
            if isinstance(line, AccountLine):
                self._account(world, line)
            elif isinstance(line, PostLine):
                if line.account in world.accounts[line.platform]:
                    self._post(world, line)
                else:
                    waiting.append((number, line))
            else:
                raise self._error("kind", "a second world line; expected account or post")
        for self._number, line in waiting:
            self._post(world, line)
        for accounts in world.accounts.values():
            for account in accounts.values():
                account.arrange()
        return world

    def _error(self, key: str, problem: str) -> WorldError:
        return WorldError(self._file, self._number, key, problem)

    def _decode(self, number: int, text: bytes) -> _Line:
        self._number = number
        try:
            return _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            what, key = _explain(str(error))
            raise self._error(key, what) from error

    def _header(self, first: tuple[int, bytes]) -> World:
        line = self._decode(*first)
        if not isinstance(line, WorldLine):
            raise self._error("kind", "expected the world's own line (kind 'world') first")
        self._utc("start", line.start)
        self._utc("end", line.end)
        if line.end <= line.start:
            raise self._error("end", "expected a time after 'start'")
        return World(name=line.name, start=line.start, end=line.end, note=line.note)

    def _account(self, world: World, line: AccountLine) -> None:
        accounts, handles = world.accounts[line.platform], world.handles[line.platform]
        if not FACTS[line.platform].naming.id.fullmatch(line.id):
            raise self._error("id", f"{line.id!r} is not an account id of {line.platform}")
        if line.id in accounts:
            raise self._error("id", f"duplicate {line.platform} account {line.id!r}")
        if line.handle.lower() in handles:
            raise self._error("handle", f"duplicate {line.platform} handle {line.handle!r}")
        account = WorldAccount(
            platform=line.platform,
            id=line.id,
            handle=line.handle,
            name=line.name,
            city=line.city,
            created=self._utc("created_at", line.created_at),
            counters=self._counters(line.readings),
        )
        accounts[line.id] = handles[line.handle.lower()] = account

    def _post(self, world: World, line: PostLine) -> None:
        account = world.accounts[line.platform].get(line.account)
        posts = world.posts[line.platform]
        if account is None:
            raise self._error("account", f"unknown {line.platform} account {line.account!r}")
        self._check_post_id(line)
        if line.id in posts:
            raise self._error("id", f"duplicate {line.platform} post {line.id!r}")
        published = self._utc("published_at", line.published_at)
        gone = self._utc("deleted_at", line.deleted_at) if line.deleted_at else NEVER
        if gone < published:
            raise self._error("deleted_at", "expected a time after 'published_at'")
        post = WorldPost(
            account=account,
            id=line.id,
            published=published,
            gone=gone,
            type=line.type,
            text=line.text,
            lang=line.lang,
            pinned=line.pinned,
            counters=self._counters(line.readings),
        )
        posts[line.id] = post
        account.posts.append(post)

    def _check_post_id(self, line: PostLine) -> None:
        facts = FACTS[line.platform]
        owned = not facts.post_id_has_owner or line.id.startswith(f"{line.account}_")
        if not facts.post_id.fullmatch(line.id) or not owned:
            raise self._error("id", f"{line.id!r} is not a post id of {line.platform}")

    def _counters(self, readings: Sequence[AccountReading | PostReading]) -> Counters:
        rows: list[tuple[int, dict[str, int]]] = []
        for number, reading in enumerate(readings):
            at = self._utc(f"readings[{number}].at", reading.at)
            values = {
                name: value
                for name in _COUNTERS
                if (value := getattr(reading, name, UNSET)) is not UNSET
            }
            reactions = getattr(reading, "reactions", UNSET)
            if reactions is not UNSET:
                values.update({f"reaction:{kind}": count for kind, count in reactions.items()})
            rows.append((at, values))
        return Counters(rows)

    def _utc(self, key: str, value: datetime) -> int:
        if value.utcoffset() != timedelta(0):
            raise self._error(key, f"expected a time in UTC with Z, got {value.isoformat()}")
        return to_instant(value)


def _explain(message: str) -> tuple[str, str]:
    """What a decoder complained of, and the key it was about."""
    match = _PATH.fullmatch(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    named = _FIELD.search(what)
    if named:
        path = f"{path}.{named['name']}".lstrip(".")
    if path == "kind":
        what += "; expected account or post (and world on the first line alone)"
    return what, path
