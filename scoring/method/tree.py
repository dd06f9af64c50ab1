"""A method: the indicator tree of an index, with all that turns measures into a score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from model.period import Period
from scoring.errors import UnknownName
from scoring.method.specs import Combination, Imputation, MissingRule, Normaliser, Treatment

ROOT = "index"


@dataclass(frozen=True, slots=True)
class Title:
    """A name in both languages."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """The Chinese name for `zh`, the English one for everything else."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Node:
    """One indicator: a leaf reads a measure, an inner node combines its children."""

    code: str
    parent: str | None
    weight: float
    """Relative among its siblings."""
    name: Title
    direction: Literal[1, -1]
    treat: Treatment
    impute: Imputation
    normalise: Normaliser
    combine: Combination
    availability: float
    missing: MissingRule
    measure: str | None
    """The column a leaf reads; `None` for inner nodes."""
    denominator: str | None


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of weights, by node code, in force from the month `since` (`YYYY-MM`) on."""

    id: str
    since: str
    source: str
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a month must have before it is published without a reason; shares, 0 to 1."""

    coverage: float = 0.9
    """Mean share of the weight that had data, over all cities."""
    ranked: float = 0.9
    """Cities with a rank, of all in the panel."""
    ratings: float = 0.9
    """Rated places (a city on a platform where it has an account), where the method has ratings."""


@dataclass(frozen=True)
class Method:
    """An index as data. Immutable; changes make a new method with another hash."""

    id: str
    version: int
    source: str
    title: Title
    ordered: bool
    """False: the published list is a set, without ranks."""
    nodes: tuple[Node, ...]
    """The root first, then in the order of the file."""
    presets: tuple[Preset, ...] = ()
    bounds: Bounds = Bounds()
    contributors: tuple[Title, ...] = ()
    """Who makes the issues: lines for the end of their reports."""

    @cached_property
    def hash(self) -> str:
        """First 12 hex digits of the SHA-256 over all that scores are made by: not the bounds,
        which say when they may be published, nor who publishes them."""
        unscored = ("bounds", "contributors")
        content = {name: value for name, value in asdict(self).items() if name not in unscored}
        text = json.dumps(content, default=_plain, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def _by_code(self) -> dict[str, Node]:
        return {node.code: node for node in self.nodes}

    @cached_property
    def _children(self) -> dict[str, tuple[Node, ...]]:
        grouped: dict[str, list[Node]] = {node.code: [] for node in self.nodes}
        for node in self.nodes:
            if node.parent is not None:
                grouped[node.parent].append(node)
        return {code: tuple(children) for code, children in grouped.items()}

    def node(self, code: str) -> Node:
        """Raises UnknownName."""
        try:
            return self._by_code[code]
        except KeyError:
            raise UnknownName("indicator", code, sorted(self._by_code)) from None

    def children(self, code: str) -> tuple[Node, ...]:
        """In file order; empty for a leaf."""
        return self._children[self.node(code).code]

    def is_leaf(self, code: str) -> bool:
        """Whether the node reads a measure."""
        return not self.children(code)

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """In file order."""
        return tuple(node for node in self.nodes if not self._children[node.code])

    @cached_property
    def upwards(self) -> tuple[Node, ...]:
        """Every node after all of its children: the order in which scores are computed."""
        return tuple(self._upwards(ROOT))

    def _upwards(self, code: str) -> Iterator[Node]:
        for child in self._children[code]:
            yield from self._upwards(child.code)
        yield self._by_code[code]

    def lineage(self, code: str) -> Iterator[Node]:
        """The node, its parent, and so on to the root."""
        node: Node | None = self.node(code)
        while node is not None:
            yield node
            node = None if node.parent is None else self._by_code[node.parent]

    def below(self, code: str) -> Iterator[Node]:
        """The node and all of its descendants."""
        yield self.node(code)
        for child in self._children[code]:
            yield from self.below(child.code)

    def with_weights(self, weights: Mapping[str, float]) -> Method:
        """The same method with other weights for some nodes; raises UnknownName."""
        for code in weights:
            self.node(code)
        return self.with_nodes(
            replace(node, weight=float(weights.get(node.code, node.weight))) for node in self.nodes
        )

    def with_nodes(self, nodes: Iterable[Node]) -> Method:
        """The same method with its nodes replaced."""
        return replace(self, nodes=tuple(nodes))

    def preset(self, name: str, period: Period | None = None) -> Method:
        """With the weights of a preset: its latest set in force in `period`.

        Raises UnknownName if there is no such preset, or none in force yet.
        """
        known = [preset for preset in self.presets if preset.id == name]
        if not known:
            raise UnknownName("preset", name, sorted({preset.id for preset in self.presets}))
        fitting = [preset for preset in known if period is None or preset.since <= period.name]
        if not fitting:
            since = [f"{preset.id} since {preset.since}" for preset in known]
            raise UnknownName(
                "preset" if period is None else f"preset for {period.name}", name, since
            )
        return self.with_weights(max(fitting, key=lambda preset: preset.since).weights)

    def for_period(self, period: Period, preset: str | None = None) -> Method:
        """The method as it is in force in a month: with the preset named, or else with the
        dated weights of the preset `default`, if the file has any."""
        if preset is not None:
            return self.preset(preset, period)
        dated = [p for p in self.presets if p.id == "default" and p.since <= period.name]
        return self.preset("default", period) if dated else self


_LATER_KEYS = ("months", "across_breaks")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        # Keys that came later than the first published hashes count only where they are given.
        later = {name for name in _LATER_KEYS if not getattr(value, name, None)}
        return value.model_dump(mode="json", by_alias=True, exclude=later)
    raise TypeError(f"cannot hash a {type(value).__name__}")
