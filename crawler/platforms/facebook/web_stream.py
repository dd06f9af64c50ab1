"""The documents of a public answer, put together.

Pages and their queries come as a first document and further ones, which say by `path` where they
belong (and by `label` which part of the query they are):

    {"data": {"node": {"timeline_list_feed_units": {"edges": [{…}]}}}, …}
    {"label": "…$stream$…", "path": ["node", "timeline_list_feed_units", "edges", 1], "data": {…}}
    {"label": "…$defer$…$page_info", "path": ["node", "timeline_list_feed_units"], "data": {…}}

In pages they stand as `result` inside what hands them over to the page's script.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from crawler.reading.meta_pages import readable_documents
from crawler.reading.shape import dig, walk

_MOST_MISSING = 100
"""A document may belong so many places behind the end of a list."""
_DEEPEST = 60
_PAGE_INFO = "page_info"
"""The only part of a list that may be named by a path before it is there."""
_Path = tuple[str | int, ...]


@dataclass(slots=True)
class Stream:
    """Documents put together, and what is wrong with the others."""

    documents: list[Any]
    lost: list[str] = field(default_factory=list)
    """Documents that are no JSON, belong nowhere, contradict another or did not come."""
    cut: bool = False
    """Whether the answer says that more of it was to come."""


def read_stream(body: bytes) -> Stream:
    """A public answer. Raises ShapeError for what is neither JSON nor a page."""
    found, broken = readable_documents(body)
    stream = Stream(found, [error.detail for error in broken])
    _Assembly(stream).run()
    return stream


@dataclass(slots=True)
class _Piece:
    """A document that belongs somewhere in another one."""

    path: _Path
    data: Any
    label: str = ""


class _Assembly:
    """Puts the pieces of one answer where they belong."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._bases: list[dict[str, Any]] = []
        self._ahead = 0
        """How many of the bases came before the piece that is looked at."""
        self._placed: dict[tuple[_Path, str], Any] = {}

    def run(self) -> None:
        """Every piece goes into the last document before it that has its place, else into the next
        one after it.
        """
        results = [r for document in self._stream.documents for r in _results(document)]
        self._bases = [result["data"] for result in results if _is_base(result)]
        finals = [dig(document, "extensions", "is_final") for document in self._stream.documents]
        self._stream.cut = False in finals and True not in finals
        for result in results:
            if _is_base(result):
                self._ahead += 1
            else:
                self._take(result)
        for base in self._bases:
            self._stream.lost += _holes(base)

    def _take(self, result: dict[str, Any]) -> None:
        data, path, label = result.get("data"), result.get("path"), result.get("label")
        if not isinstance(data, dict):
            return
        if not isinstance(path, list) or not all(isinstance(s, str | int) for s in path):
            self._stream.lost.append(f"document {label!s:.100} tells no place")
        elif self._place(_Piece(tuple(path), data, str(label))):
            # It stands where it belongs now, and only there.
            del result["data"]

    def _place(self, piece: _Piece) -> bool:
        written = ".".join(map(str, piece.path))[:100]
        known = self._placed.setdefault((piece.path, piece.label), piece.data)
        if known is not piece.data:
            if known != piece.data:
                self._stream.lost.append(f"two documents for {written}")
            return bool(known == piece.data)
        if not self._bases:
            # The first document is missing: what belongs to it stands alone.
            root: dict[str, Any] = {}
            self._bases.append(root)
            self._stream.documents.append({"data": root})
            _make_way(root, piece.path)
        before, after = self._bases[: self._ahead], self._bases[self._ahead :]
        if any(_put(base, piece) for base in (*reversed(before), *after)):
            return True
        self._stream.lost.append(f"document for {written}, which is not there")
        return False


def _is_base(result: dict[str, Any]) -> bool:
    """Whether a document stands for itself."""
    of_another = result.get("path") is not None or result.get("label") is not None
    return isinstance(result.get("data"), dict) and not of_another


def _results(document: Any) -> Iterator[dict[str, Any]]:
    """The documents that one text holds: itself, or those handed over to a page's script."""
    if isinstance(document, list):
        for one in document:
            yield from _results(one)
        return
    if isinstance(document, dict) and ("data" in document or "path" in document):
        yield document
        return
    for _, holder in walk(document, lambda obj: isinstance(dig(obj, "result", "data"), dict)):
        yield holder["result"]


def _make_way(root: dict[str, Any], path: _Path) -> None:
    """Empty objects and lists on the way to a place."""
    here: Any = root
    for step, following in pairwise(path):
        below: Any = [] if isinstance(following, int) else {}
        if isinstance(here, dict) and isinstance(step, str):
            here = here.setdefault(step, below)
        elif isinstance(here, list) and isinstance(step, int) and 0 <= step < _MOST_MISSING:
            here.extend([None] * (step + 1 - len(here)))
            here[step] = here = below
        else:
            return
    if isinstance(here, dict) and path and isinstance(path[-1], str):
        here.setdefault(path[-1], {})


def _put(base: dict[str, Any], piece: _Piece) -> bool:
    """Whether a piece found its place in a document, and fits what is there."""
    if not piece.path:
        _fill(base, piece.data)
        return True
    parent, last = dig(base, *piece.path[:-1]), piece.path[-1]
    if isinstance(parent, list) and isinstance(last, int):
        return _put_into_list(parent, last, piece.data)
    if last == _PAGE_INFO and isinstance(parent, dict) and parent.get(last) is None:
        parent[last] = {}
    there = dig(parent, last)
    if not isinstance(there, dict):
        return False
    _fill(there, piece.data)
    return True


def _put_into_list(listed: list[Any], place: int, data: Any) -> bool:
    if not 0 <= place <= len(listed) + _MOST_MISSING:
        return False
    listed.extend([None] * (place + 1 - len(listed)))
    there = listed[place]
    if there is None:
        listed[place] = data
        return True
    numbers = {dig(one, "node", "post_id") for one in (there, data)} - {None}
    if not isinstance(there, dict) or len(numbers) > 1:
        return False
    _fill(there, data)
    return True


def _fill(there: dict[str, Any], data: dict[str, Any], depth: int = 0) -> None:
    """Adds what is not there yet; what is there stays."""
    for key, value in data.items():
        known = there.get(key)
        if known is None:
            there[key] = value
        elif isinstance(known, dict) and isinstance(value, dict) and depth < _DEEPEST:
            _fill(known, value, depth + 1)
        elif isinstance(known, list) and isinstance(value, list):
            _fill_list(known, value, depth)


def _fill_list(known: list[Any], value: Sequence[Any], depth: int) -> None:
    if not known:
        known.extend(value)
    elif len(known) == len(value) and depth < _DEEPEST:
        for one, other in zip(known, value, strict=True):
            if isinstance(one, dict) and isinstance(other, dict):
                _fill(one, other, depth + 1)


def _holes(base: dict[str, Any]) -> Iterator[str]:
    """Places of lists of posts for which nothing came."""
    for path, held in walk(base, lambda obj: isinstance(obj.get("edges"), list)):
        if "timeline" in path:
            missing = (place for place, edge in enumerate(held["edges"]) if _is_empty(edge))
            yield from (f"{path}.edges[{place}] did not come" for place in missing)


def _is_empty(edge: Any) -> bool:
    return edge is None or (isinstance(edge, dict) and "node" in edge and edge["node"] is None)
