"""Makes worlds from a seed; the same seed gives the same world."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from model.items import PostType
from model.period import Period
from model.platform import PLATFORMS, PlatformName
from sandbox.generate.growth import (
    account_readings,
    final_counts,
    post_readings,
    reaction_counts,
    world_time,
)
from sandbox.generate.recipes import RECIPES
from sandbox.service.exchange import JsonObject

WORLD_CITIES = (
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


class WorldMaker:
    """Makes the world of one month."""

    def __init__(self, seed: int, cities: int, month: str) -> None:
        if not 1 <= cities <= len(WORLD_CITIES):
            raise ValueError(f"cities: expected 1 to {len(WORLD_CITIES)}, got {cities}")
        self._seed = seed
        self._cities = WORLD_CITIES[:cities]
        self._period = Period.month(month)
        self._name = self._period.name
        self._title = f"generated-{seed}"
        midnight = self._period.start.replace(hour=0)
        self._span = (midnight - _LEAD, self._period.cutoff + _TAIL)

    def lines(self) -> Iterator[JsonObject]:
        """The world's lines, the world's own first."""
        start, end = self._span
        yield {
            "kind": "world",
            "version": 1,
            "name": self._title,
            "start": world_time(start),
            "end": world_time(end),
            "note": f"Generated from seed {self._seed} for {self._name} "
            f"({self._period.tz}). Nothing here says anything about the real cities.",
        }
        for platform in PLATFORMS:
            for number, city in enumerate(self._cities):
                yield from self._account(platform, number, city)

    def _account(self, platform: PlatformName, number: int, city: str) -> Iterator[JsonObject]:
        recipe = RECIPES[platform]
        dice = random.Random(f"{self._seed}/{platform}/{city}")
        if number > 1 and dice.random() < 0.12:
            return
        weight = dice.lognormvariate(0, 0.7)
        created = datetime(2016, 1, 1, 8, tzinfo=self._span[0].tzinfo) + timedelta(
            days=dice.randrange(2_400), seconds=dice.randrange(86_400)
        )
        owner = recipe.account_id(created, dice)
        silent = recipe.has_silent_account and number == len(self._cities) - 1
        posts = [] if silent else self._posts(platform, number, city, owner, weight, dice)
        times = [datetime.fromisoformat(post["published_at"]) for post in posts]
        yield {
            "kind": "account",
            "platform": platform,
            "id": owner,
            "handle": recipe.handle(city),
            "name": f"Demo {city.capitalize()}",
            "city": city,
            "created_at": world_time(created),
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
    ) -> list[JsonObject]:
        posts = [
            self._post(platform, city, owner, place, at, weight * self._form_at(city, at), dice)
            for place, at in enumerate(sorted(set(self._times(platform, number, dice))))
        ]
        if number <= 3:
            posts[0]["pinned"] = True
            if posts[0]["type"] == PostType.REPOST:
                posts[0]["type"] = "text"
        if number <= 5:
            for period, mine in self._of_months(posts):
                if len(mine) > 4:
                    self._make_odd(platform, mine, dice, period)
        return posts

    def _form_at(self, city: str, moment: datetime) -> float:
        """The factor of what a city's posts come to; in a single month it does not change."""
        del city, moment
        return 1.0

    def _of_months(self, posts: list[JsonObject]) -> Iterator[tuple[Period, list[JsonObject]]]:
        """The posts among which some are made odd, by month."""
        yield self._period, posts

    def _times(self, platform: PlatformName, number: int, dice: random.Random) -> list[datetime]:
        """When an account posts."""
        amount = RECIPES[platform].posts_of_busiest if number == 0 else dice.randrange(1, 12)
        times = [self._moment(dice) for _ in range(amount)]
        return times + self._odd_times(number, self._period.start, dice)

    def _odd_times(self, number: int, start: datetime, dice: random.Random) -> list[datetime]:
        """At the edges of the month, and of an old post that is pinned; of the first accounts."""
        times = self._edges() if number == 1 else []
        if number <= 3:
            times.append(start - timedelta(days=dice.randrange(40, 700)))
        return times

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
    ) -> JsonObject:
        recipe = RECIPES[platform]
        types = recipe.types
        kind = dice.choices(list(types), weights=list(types.values()))[0]
        lang, text = self._text(kind, place, city, dice)
        finals = final_counts(platform, kind, weight, dice)
        readings = post_readings(platform, moment, self._span, finals, dice)
        if recipe.lacks_text and dice.random() < 0.02:
            lang, text = "und", ""
        return {
            "kind": "post",
            "platform": platform,
            "account": owner,
            "id": recipe.post_id(owner, moment, dice),
            "published_at": world_time(moment),
            "type": kind.value,
            "text": text,
            "lang": lang,
            "pinned": False,
            "deleted_at": None,
            "readings": readings,
        }

    def _text(self, kind: PostType, place: int, city: str, dice: random.Random) -> tuple[str, str]:
        """The language and the text of a post."""
        lang = dice.choice(list(_TEXTS))
        return lang, _TEXTS[lang].format(type=kind.value.capitalize(), n=place, city=city)

    def _make_odd(
        self, platform: PlatformName, posts: list[JsonObject], dice: random.Random, period: Period
    ) -> None:
        """Deletions before and after the cut-off, hidden counters, and likes that fall."""
        early, late, hidden, closed = dice.sample(posts[1:], 4)
        _delete(early, period.end - timedelta(hours=dice.randrange(2, 60)))
        _delete(late, period.cutoff + timedelta(hours=dice.randrange(1, 40)))
        if RECIPES[platform].hides_likes:
            _hide(hidden, "likes")
        if RECIPES[platform].closes_comments:
            _hide(closed, "comments")
        _lower_likes(posts[len(posts) // 2])


def _delete(post: JsonObject, moment: datetime) -> None:
    published = datetime.fromisoformat(post["published_at"])
    post["deleted_at"] = world_time(max(moment, published + timedelta(hours=1)))


def _hide(post: JsonObject, name: str) -> None:
    for reading in post["readings"]:
        del reading[name]


def _lower_likes(post: JsonObject) -> None:
    """The last reading shows a twentieth fewer likes than the one before, at least one fewer."""
    if len(post["readings"]) < 2 or "likes" not in post["readings"][-1]:
        return
    before, last = post["readings"][-2:]
    last["likes"] = max(before["likes"] - before["likes"] // 20 - 1, 0)
    if "reactions" in last:
        last["reactions"] = reaction_counts(last["likes"])


def generate(seed: int, cities: int, month: str = "2025-05") -> bytes:
    """A whole world file, gzipped; the same arguments give the same bytes."""
    return compressed_world(WorldMaker(seed, cities, month).lines())


def compressed_world(lines: Iterator[JsonObject]) -> bytes:
    """The lines of a world as its file, gzipped."""
    encode = msgspec.json.Encoder().encode
    text = b"".join(encode(line) + b"\n" for line in lines)
    whole = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=whole, mtime=0) as file:
        file.write(text)
    return whole.getvalue()
