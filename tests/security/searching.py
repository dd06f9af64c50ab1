"""Looks for a secret in everything that a run left behind, in every form it may have taken."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import zstandard
from pymongo import MongoClient
from redis import Redis

_ZSTD = b"\x28\xb5\x2f\xfd"
_MOST = 1 << 22


def disguises(secret: str) -> set[bytes]:
    """As it stands, quoted, quoted twice, as JSON writes it, in hex, in base64 at any alignment."""
    raw = secret.encode()
    once = quote(secret, safe="")
    found = {
        raw,
        once.encode(),
        quote(once, safe="").encode(),
        quote_plus(secret).encode(),
        secret.replace("/", "\\/").encode(),
        raw.hex().encode(),
        raw[::-1],
    }
    for shift in range(3):
        whole = base64.b64encode(b"x" * shift + raw)
        # Neither the first nor the last group: they depend on what stands beside the secret.
        inner = whole[4:-4]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def hits(data: bytes, secret: str) -> list[bytes]:
    """The forms of a secret that are in some bytes."""
    return [form for form in disguises(secret) if form in data]


def in_files(folder: Path, secret: str) -> list[str]:
    """Files below a folder that hold a secret; compressed answers within them are looked into, as
    in the log of the queue server.
    """
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(hits(text, secret) for text in _layers(path.read_bytes()))
    ]


def _layers(data: bytes) -> Iterator[bytes]:
    """Bytes as they are, and what is compressed in them, wherever that begins."""
    yield data
    start = data.find(_ZSTD)
    while start >= 0:
        with suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor().decompressobj().decompress(data[start:][:_MOST])
        start = data.find(_ZSTD, start + 1)


def in_mongo(uri: str, secret: str) -> list[str]:
    """Documents of all databases that hold a secret; compressed answers are looked into."""
    with MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        return [
            f"{name}.{collection}:{document.get('_id')}"
            for name in client.list_database_names()
            if name not in {"admin", "config", "local"}
            for collection in client[name].list_collection_names()
            for document in client[name][collection].find()
            if any(hits(text, secret) for text in texts(document))
        ]


def in_redis(uri: str, secret: str) -> list[str]:
    """Keys whose name or content holds a secret."""
    with Redis.from_url(uri) as client:
        return [
            key.decode()
            for key in client.scan_iter()
            if hits(key, secret) or any(hits(t, secret) for t in texts(_content(client, key)))
        ]


def _content(client: Redis, key: bytes) -> Any:
    match client.type(key):
        case b"stream":
            return client.xrange(key)
        case b"hash":
            return client.hgetall(key)
        case b"string":
            return client.get(key)
        case kind:
            raise AssertionError(f"{key!r} is of a kind that nobody looks into: {kind!r}")


def texts(value: Any) -> Iterator[bytes]:
    """All names and values of something, as bytes; what is compressed both ways."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(name)
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, bytes):
        yield value
        if value.startswith(_ZSTD):
            yield zstandard.ZstdDecompressor().decompress(value, max_output_size=1 << 26)
    else:
        yield str(value).encode()
