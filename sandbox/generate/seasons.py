"""Makes worlds of several months: cities rise and fall from one to the next, and post of things."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from model.items import PostType
from model.period import Period
from model.platform import PlatformName
from sandbox.generate.maker import WorldMaker, compressed_world
from sandbox.generate.recipes import RECIPES
from sandbox.generate.subjects import SUBJECTS
from sandbox.service.exchange import JsonObject

_TAIL = timedelta(days=5)
"""From the last cut-off to the end: the month that runs then has posts as well."""
_SWAY = 0.28
"""How far a city's form moves from month to month, as the logarithm of what posts come to."""
_BUSIEST = 3
"""The busiest account posts a whole page more than others in the last month alone: before that,
a third."""


class SeasonMaker(WorldMaker):
    """Makes one world of several months."""

    def __init__(self, seed: int, cities: int, last: str, months: int) -> None:
        super().__init__(seed, cities, last)
        if not 2 <= months <= 24:
            raise ValueError(f"months: expected 1 to 24, got {months}")
        self._months = [self._period]
        while len(self._months) < months:
            self._months.insert(0, self._months[0].previous())
        self._name = f"{self._months[0].name} to {self._period.name}"
        self._title = f"generated-{seed}-{months}-months"
        lead = self._span[0] - self._period.start.replace(hour=0)
        begin = self._months[0].start.replace(hour=0) + lead
        self._span = (begin, self._period.cutoff + _TAIL)
        self._forms = {city: self._form(city) for city in self._cities}

    def _form(self, city: str) -> list[float]:
        """By month, the factor of what the city's posts come to: a walk, so that some keep rising
        or falling; the running month goes on as the last one."""
        dice, level, found = random.Random(f"{self._seed}/form/{city}"), 0.0, []
        drift = dice.gauss(0, _SWAY / 2)
        for _ in self._months:
            found.append(math.exp(level))
            level += drift + dice.gauss(0, _SWAY)
        return found

    def _account(self, platform: PlatformName, number: int, city: str) -> Iterator[JsonObject]:
        lines = list(super()._account(platform, number, city))
        if lines:
            _count_posts(lines[0], lines[1:])
        yield from lines

    def _of_months(self, posts: list[JsonObject]) -> Iterator[tuple[Period, list[JsonObject]]]:
        for period in self._months:
            yield period, [post for post in posts if _published(post) in period]

    def _form_at(self, city: str, moment: datetime) -> float:
        place = sum(moment >= month.start for month in self._months[1:])
        return self._forms[city][place]

    def _times(self, platform: PlatformName, number: int, dice: random.Random) -> list[datetime]:
        """When an account posts; each month has an amount of its own, and whole hours are liked."""
        usual, times = dice.randrange(3, 11), []
        for month, (start, end) in zip(self._months, self._stretches(), strict=True):
            amount = max(round(usual * math.exp(dice.gauss(0, 0.35))), 1)
            if number == 0:
                amount = RECIPES[platform].posts_of_busiest
                if month is not self._months[-1]:
                    amount //= _BUSIEST
            seconds = int((end - start).total_seconds())
            times += [start + timedelta(seconds=dice.randrange(seconds)) for _ in range(amount)]
        times += self._odd_times(number, self._span[0], dice)
        return [_at_a_liked_hour(moment, dice) if number > 1 else moment for moment in times]

    def _stretches(self) -> list[tuple[datetime, datetime]]:
        """The stretch of posts of each month; lead and tail belong to the first and the last."""
        starts = [month.start for month in self._months]
        return list(zip([self._span[0], *starts[1:]], [*starts[1:], self._span[1]], strict=True))

    def _text(self, kind: PostType, place: int, city: str, dice: random.Random) -> tuple[str, str]:
        lang = dice.choices(list(SUBJECTS), weights=[len(texts) for texts in SUBJECTS.values()])[0]
        return lang, dice.choice(SUBJECTS[lang]).format(city=city.capitalize())


def _count_posts(account: JsonObject, posts: list[JsonObject]) -> None:
    """The account's counter of posts without those that are deleted: over months they are many, and
    a list that is shorter than its counter says is taken for cut."""
    for reading in account["readings"]:
        at = reading["at"]
        reading["posts"] = sum(
            post["published_at"] <= at and not (post["deleted_at"] and post["deleted_at"] <= at)
            for post in posts
        )


def _published(post: JsonObject) -> datetime:
    return datetime.fromisoformat(post["published_at"])


def _at_a_liked_hour(moment: datetime, dice: random.Random) -> datetime:
    """Most posts come out in the morning, at noon or in the evening (09, 12, 20 o'clock in China),
    on the day in UTC on which they would have come out anyway."""
    if dice.random() < 0.3:
        return moment
    return moment.replace(hour=dice.choice((1, 1, 4, 12, 12)))


def generate_months(seed: int, cities: int, last: str, months: int) -> bytes:
    """A world file of so many months, up to `last`; the same arguments give the same bytes."""
    return compressed_world(SeasonMaker(seed, cities, last, months).lines())
