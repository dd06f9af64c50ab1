"""Messages that somebody has spoilt: valid ones, changed at random places. Seeded.

Spoilt ones are about accounts, posts and visits of their own (ids begin with b), so whatever is
stored of them, it must not touch what good ones say (ids begin with g).
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

import zstandard

from model.messages import encode
from tests.store.harvest import Message, account, closed, day, page, post, visit

Fields = dict[str, bytes]
EVERY = 5
"""One of so many messages is good."""
_BOMB = zstandard.compress(bytes(50_000_000))
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**63,
    2**64,
    1e400,
    -1.5,
    10**400,
    "",
    " ",
    "nonsense",
    "a:b:c/../@$",
    "\0",
    "$gt",
    "a.b",
    "\u202eabc",
    "\u061cabc",
    "\uffff",
    "facebook:b1:timeline:99999999T999999:-",
    "facebook:b1:timeline:20250510T000000:20250531T000000-20250501T000000",
    "youtube:b1:profile:20250510T000000:-",
    "x" * 300,
    "x" * 200_000,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2025-05-10T00:00:00",
    "1970-01-01T00:00:00Z",
    "1905-01-01T00:00:00Z",
    "2199-12-31T23:59:59Z",
    "2025-02-30T00:00:00Z",
    "ok",
    "web",
    [],
    {},
    [None],
    ["x"] * 3000,
    {"$where": "1"},
    [[[[[[[[]]]]]]]],
)


def good(number: int) -> list[Message]:
    """A page with an account and two posts, and the end of its visit."""
    return _messages(f"g{number}", number)


def _messages(name: str, number: int) -> list[Message]:
    at = day(10) if number % 2 else day(12)
    of = visit(at, account_id=name)
    posts = [
        post(f"{name}_{place}", at, day(3 + place), account=name, likes=number + place)
        for place in range(2)
    ]
    shown = [account(at, account_id=name, handle=name, followers=number)]
    body = f"body of {name}".encode()
    return [
        page(of, at, posts=posts, accounts=shown, gone=[f"{name}_9"], body=body),
        closed(of, at, seen=[item.id for item in posts]),
    ]


def fields_of(message: Message) -> Fields:
    """As the crawler puts it into the stream."""
    content, raw = message
    return {"m": encode(content)} | ({} if raw is None else {"raw": raw})


def spoilt(number: int, draw: random.Random) -> Fields:
    """One message with something wrong in it (or, by chance, nothing that matters)."""
    fields = fields_of(draw.choice(_messages(f"b{number}", number)))
    kind = draw.choice((_tree, _tree, _tree, _bytes, _raw, _whole))
    return kind(fields, draw)


def _tree(fields: Fields, draw: random.Random) -> Fields:
    """Values replaced, removed or added somewhere in the JSON."""
    document = json.loads(fields["m"])
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        places = list(_places(document))
        if not places:
            break
        parent, key = draw.choice(places)
        how = draw.random()
        if how < 0.75:
            parent[key] = copy.deepcopy(draw.choice(_VALUES))
        elif how < 0.9:
            del parent[key]
        elif isinstance(parent, dict):
            parent[draw.choice(("x", "$set", "a.b", "v", "type"))] = copy.deepcopy(
                draw.choice(_VALUES)
            )
    return {**fields, "m": json.dumps(document).encode()}


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _bytes(fields: Fields, draw: random.Random) -> Fields:
    """Bytes flipped, cut off or put in."""
    data = bytearray(fields["m"])
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(data))
        match draw.randrange(3):
            case 0:
                data[place] = draw.randrange(256)
            case 1:
                del data[place : place + draw.choice((1, 10, 10_000))]
            case _:
                data[place:place] = draw.choice((b"\0", b'"', b"\xff", b"[" * 3000, b"9" * 50))
        if not data:
            break
    return {**fields, "m": bytes(data)}


def _raw(fields: Fields, draw: random.Random) -> Fields:
    """Another raw answer than the message names."""
    bodies = (
        b"",
        b"no zstd",
        draw.randbytes(50),
        zstandard.compress(b"forged"),
        _BOMB,
        zstandard.compress(fields["m"])[:-3],
    )
    document = json.loads(fields["m"])
    if "raw" in document and draw.random() < 0.3:
        # The name of an answer that was had for somebody else.
        document["raw"]["sha256"] = hashlib.sha256(b"body of g0").hexdigest()
        document["raw"]["observed_at"] = "2025-05-01T00:00:00Z"
    return {"m": json.dumps(document).encode(), "raw": draw.choice(bodies)}


def _whole(fields: Fields, draw: random.Random) -> Fields:
    """Something else altogether."""
    others: tuple[Fields, ...] = (
        {"m": b""},
        {"x": b"1"},
        {"m": b"\x80\x04pickle"},
        {"m": b"[" * 200_000},
        {"m": b'{"type":"page/2"}'},
        {"m": b'{"type":"closed/99","visit":{}}'},
        {"m": fields["m"] * 2},
        {"m": b"null"},
        {"m": draw.randbytes(200)},
    )
    return draw.choice(others)
