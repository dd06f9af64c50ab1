"""Makes worlds from a seed: `python -m sandbox.world.generate --seed 7 --cities 20 --out FILE`.

The same seed gives the same world. It holds the odd cases on purpose: posts at the very edge of the
month, pinned, deleted, with hidden likes, closed comments, counters that fall, reposts, quotes, an
account without posts, and in the first city accounts of more than one page.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from model.items import PostType
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from sandbox.service.exchange import Json
from sandbox.world.growth import (
    account_readings,
    final_counts,
    kinds_of,
    post_readings,
    stamp,
)
from sandbox.world.identifiers import account_id, post_id

CITIES = (
    "beijing",
    "shanghai",
    "shenzhen",
    "qingdao",
    "guangzhou",
    "xiamen",
    "chongqing",
    "kunming",
    "xian",
    "chengdu",
    "hangzhou",
    "nanjing",
    "hefei",
    "haikou",
    "ningbo",
    "foshan",
    "nanchang",
    "luoyang",
    "tianjin",
    "shenyang",
    "changsha",
    "wuhan",
    "jinan",
    "zhengzhou",
    "lanzhou",
    "taiyuan",
    "nanning",
    "guilin",
    "guiyang",
    "harbin",
    "dalian",
    "wuxi",
    "wenzhou",
    "yantai",
    "dongguan",
    "zhuhai",
    "changchun",
    "kaifeng",
    "datong",
    "yangzhou",
)
"""City ids of the registry that worlds are made of, in this order."""
_BUSY = {"x": 126, "facebook": 104, "instagram": 57, "youtube": 58, "tiktok": 108}
_TYPES: dict[PlatformName, dict[PostType, int]] = {
    "facebook": {
        PostType.PHOTO: 40,
        PostType.VIDEO: 18,
        PostType.LINK: 16,
        PostType.ALBUM: 10,
        PostType.TEXT: 8,
        PostType.REEL: 6,
        PostType.LIVE: 2,
    },
    "x": {
        PostType.PHOTO: 38,
        PostType.TEXT: 22,
        PostType.VIDEO: 14,
        PostType.LINK: 8,
        PostType.REPOST: 12,
        PostType.QUOTE: 6,
    },
    "instagram": {
        PostType.PHOTO: 40,
        PostType.ALBUM: 25,
        PostType.REEL: 28,
        PostType.VIDEO: 7,
    },
    "youtube": {PostType.VIDEO: 60, PostType.SHORT: 36, PostType.LIVE: 4},
    "tiktok": {PostType.VIDEO: 100},
}
_TEXTS = {
    "en": "{type} number {n} from {city}. #demo_{city}",
    "zh": "{city}第{n}条内容。",
    "fr": "À {city}, publication numéro {n}.",
    "ru": "{city}: запись номер {n}.",
    "ar": "منشور رقم {n} من {city}.",
    "ja": "{city}の投稿{n}番です。",
    "es": "Publicación número {n} de {city}.",
}
_LEAD = timedelta(days=2)
_TAIL = timedelta(days=2)


class Maker:
    """Makes one world."""

    def __init__(self, seed: int, cities: int, month: str) -> None:
        if not 1 <= cities <= len(CITIES):
            raise ValueError(f"cities: expected 1 to {len(CITIES)}, got {cities}")
        self._seed = seed
        self._cities = CITIES[:cities]
        self._period = Period.month(month)
        midnight = self._period.start.replace(hour=0)
        self._span = (midnight - _LEAD, self._period.cutoff + _TAIL)

    def lines(self) -> Iterator[Json]:
        """The world's lines, the world's own first."""
        start, end = self._span
        yield {
            "kind": "world",
            "version": 1,
            "name": f"generated-{self._seed}",
            "start": stamp(start),
            "end": stamp(end),
            "note": f"Generated from seed {self._seed} for {self._period.name} "
            f"({self._period.tz}). Nothing here says anything about the real cities.",
        }
        for platform in PLATFORMS:
            for number, city in enumerate(self._cities):
                yield from self._account(platform, number, city)

    def _account(self, platform: PlatformName, number: int, city: str) -> Iterator[Json]:
        dice = random.Random(f"{self._seed}/{platform}/{city}")
        if number > 1 and dice.random() < 0.12:
            return
        weight = dice.lognormvariate(0, 0.7)
        created = datetime(2016, 1, 1, 8, tzinfo=self._span[0].tzinfo) + timedelta(
            days=dice.randrange(2_400), seconds=dice.randrange(86_400)
        )
        owner = account_id(platform, created, dice)
        silent = platform == "x" and number == len(self._cities) - 1
        posts = [] if silent else self._posts(platform, number, city, owner, weight, dice)
        times = [datetime.fromisoformat(post["published_at"]) for post in posts]
        yield {
            "kind": "account",
            "platform": platform,
            "id": owner,
            "handle": _handle(platform, city),
            "name": f"Demo {city.capitalize()}",
            "city": city,
            "created_at": stamp(created),
            "readings": account_readings(platform, self._span, times, weight, dice),
        }
        yield from posts

    def _posts(
        self,
        platform: PlatformName,
        number: int,
        city: str,
        owner: str,
        weight: float,
        dice: random.Random,
    ) -> list[Json]:
        amount = _BUSY[platform] if number == 0 else dice.randrange(1, 12)
        times = [self._moment(dice) for _ in range(amount)]
        if number == 1:
            times.extend(self._edges())
        if number <= 3:
            times.append(self._period.start - timedelta(days=dice.randrange(40, 700)))
        posts = [
            self._post(platform, city, owner, place, moment, weight, dice)
            for place, moment in enumerate(sorted(set(times)))
        ]
        if number <= 3:
            posts[0]["pinned"] = True
            if posts[0]["type"] == PostType.REPOST:
                posts[0]["type"] = "text"
        if number <= 5 and len(posts) > 4:
            self._make_odd(platform, posts, dice)
        return posts

    def _moment(self, dice: random.Random) -> datetime:
        """Somewhere between two days before the month and a day after it, to the second."""
        start, end = self._span[0], self._period.end + timedelta(days=1)
        return start + timedelta(seconds=dice.randrange(int((end - start).total_seconds())))

    def _edges(self) -> list[datetime]:
        """The seconds around the month's two ends."""
        second = timedelta(seconds=1)
        return [
            edge + shift
            for edge in (self._period.start, self._period.end)
            for shift in (-2 * second, -second, timedelta(0), second)
        ]

    def _post(
        self,
        platform: PlatformName,
        city: str,
        owner: str,
        place: int,
        moment: datetime,
        weight: float,
        dice: random.Random,
    ) -> Json:
        types = _TYPES[platform]
        kind = dice.choices(list(types), weights=list(types.values()))[0]
        lang = dice.choice(list(_TEXTS))
        text = _TEXTS[lang].format(type=kind.value.capitalize(), n=place, city=city)
        finals = final_counts(platform, kind, weight, dice)
        readings = post_readings(platform, moment, self._span, finals, dice)
        if platform != "youtube" and dice.random() < 0.02:
            lang, text = "und", ""
        return {
            "kind": "post",
            "platform": platform,
            "account": owner,
            "id": post_id(platform, owner, moment, dice),
            "published_at": stamp(moment),
            "type": kind.value,
            "text": text,
            "lang": lang,
            "pinned": False,
            "deleted_at": None,
            "readings": readings,
        }

    def _make_odd(self, platform: PlatformName, posts: list[Json], dice: random.Random) -> None:
        """Deletions before and after the cut-off, hidden counters, and likes that fall."""
        early, late, hidden, closed = dice.sample(posts[1:], 4)
        _delete(early, self._period.end - timedelta(hours=dice.randrange(2, 60)))
        _delete(late, self._period.cutoff + timedelta(hours=dice.randrange(1, 40)))
        if platform in ("youtube", "instagram"):
            _hide(hidden, "likes")
        if platform in ("youtube", "facebook"):
            _hide(closed, "comments")
        _let_likes_fall(posts[len(posts) // 2])


def _handle(platform: PlatformName, city: str) -> str:
    if platform in ("facebook", "youtube"):
        return f"Demo{city.capitalize()}"
    return f"demo.{city}" if platform == "instagram" else f"demo_{city}"


def _delete(post: Json, moment: datetime) -> None:
    published = datetime.fromisoformat(post["published_at"])
    post["deleted_at"] = stamp(max(moment, published + timedelta(hours=1)))


def _hide(post: Json, name: str) -> None:
    for reading in post["readings"]:
        del reading[name]


def _let_likes_fall(post: Json) -> None:
    """The last reading shows a twentieth fewer likes than the one before, at least one fewer."""
    if len(post["readings"]) < 2 or "likes" not in post["readings"][-1]:
        return
    before, last = post["readings"][-2:]
    last["likes"] = max(before["likes"] - before["likes"] // 20 - 1, 0)
    if "reactions" in last:
        last["reactions"] = kinds_of(last["likes"])


def generate(seed: int, cities: int, month: str = "2025-05") -> bytes:
    """A whole world file, gzipped; the same arguments give the same bytes."""
    encode = msgspec.json.Encoder().encode
    text = b"".join(encode(line) + b"\n" for line in Maker(seed, cities, month).lines())
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(text)
    return packed.getvalue()


def main() -> int:
    """Writes a world file; 2 if the arguments cannot be used."""
    parser = argparse.ArgumentParser(prog="sandbox.world.generate", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cities", type=int, default=20, help=f"1 to {len(CITIES)}")
    parser.add_argument("--month", default="2025-05", help="YYYY-MM, in Asia/Shanghai")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl.gz")
    arguments = parser.parse_args()
    try:
        world = generate(arguments.seed, arguments.cities, arguments.month)
        arguments.out.write_bytes(world)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
