"""The composite of `giu` as `docs/methods.md` tells it, rule by rule: rows of measures in, scores
out. Shares no code with the project.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import copysign, log1p
from typing import Any

from tests.shared import ROOT

Line = Mapping[str, Any]
Scores = dict[str, float]
_PLATFORMS = ("facebook", "x", "instagram", "youtube", "tiktok")
_COUNTERS = ("likes", "comments", "shares", "views")


def city_on_platform(rows: list[Line], shown: set[str], platform: str) -> dict[str, float]:
    """From rows to a city; what is missing is left out."""
    if not all(row["collected"] for row in rows):
        return {}
    posts = sum(row["posts"] for row in rows)
    values: dict[str, float] = {"posts": posts}
    for name in (*_COUNTERS, "interactions"):
        known = [row[name] for row in rows if row[name] is not None]
        if known and (name in shown or (name == "interactions" and shown - {"views"})):
            values[name] = sum(known)
    if "interactions" in values:
        values["interaction_rate"] = values["interactions"] / posts if posts else 0
    for name, column in (("followers", "followers_end"), ("follower_gain", "follower_gain")):
        if all(row[column] is not None for row in rows):
            values[name] = sum(row[column] for row in rows)
    return values | (_of_videos(rows, platform, values) if "views" in shown else {})


def _of_videos(rows: list[Line], platform: str, values: dict[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    videos = sum(row["videos"] for row in rows)
    if not videos and platform != "x" and "views" not in values:
        found["views"] = 0
    rated = [(row["view_rate"], row["videos_shown"]) for row in rows if row["videos_shown"]]
    number = sum(many for _, many in rated)
    if number:
        found["view_rate"] = sum(rate * many for rate, many in rated) / number
    elif not videos:
        found["view_rate"] = 0
    return found


def composite_of_giu(rows: Iterable[Line]) -> Scores:
    """By city, without those that have no score."""
    of: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for row in rows:
        of[row["city"], row["platform"]].append(row)
    values: dict[tuple[str, str], dict[str, float]] = {}
    for platform in _PLATFORMS:
        active = [r for (_, p), group in of.items() if p == platform for r in group if r["posts"]]
        shown = {n for n in _COUNTERS if not active or any(row[n] is not None for row in active)}
        for (city, named), group in of.items():
            if named == platform:
                values[city, platform] = city_on_platform(group, shown, platform)
    return _Tree(values).score("index")


class _Tree:
    """The file's indicators over the cities."""

    def __init__(self, values: Mapping[tuple[str, str], Mapping[str, float]]) -> None:
        text = (ROOT / "scoring" / "methods" / "giu.toml").read_text("utf-8")
        self.nodes: dict[str, Any] = {one["code"]: one for one in tomllib.loads(text)["indicator"]}
        self.values = values
        self.cities = sorted({city for city, _ in values})

    def score(self, code: str) -> Scores:
        below = {name: one for name, one in self.nodes.items() if one.get("parent") == code}
        if not below:
            return self._leaf(code)
        scores = {name: self.score(name) for name in below}
        found = {city: self._combined(code, city, below, scores) for city in self.cities}
        return {city: score for city, score in found.items() if score is not None}

    def _combined(
        self, code: str, city: str, below: Mapping[str, Any], scores: Mapping[str, Scores]
    ) -> float | None:
        """The mean of the children that are there, weights renormalised."""
        if code in _PLATFORMS and (city, code) not in self.values:
            return 0.0
        there = {name: one.get("weight", 1) for name, one in below.items() if city in scores[name]}
        counted = [
            name
            for name, one in below.items()
            if one.get("weight", 1) and (name not in _PLATFORMS or (city, name) in self.values)
        ]
        lacks = [name for name in counted if name not in there]
        enough = 1 - len(lacks) / len(counted) if counted else 0
        if not sum(there.values()) or enough < self.nodes[code].get("availability", 0):
            return None
        if code == "index" and not counted:
            return None
        weighted = sum(weight * scores[name][city] for name, weight in there.items())
        return float(weighted / sum(there.values()))

    def _leaf(self, code: str) -> Scores:
        """ln(1 + |x|) with the sign of x, then least and greatest to 0 and 100."""
        platform, _, measure = self.nodes[code]["measure"].partition(":")
        plain = {
            city: own[measure]
            for (city, named), own in self.values.items()
            if named == platform and measure in own
        }
        logs = {city: copysign(log1p(abs(value)), value) for city, value in plain.items()}
        if not logs:
            return {}
        low, high = min(logs.values()), max(logs.values())
        span = high - low
        return {c: 100 * (value - low) / span if span else 50.0 for c, value in logs.items()}
