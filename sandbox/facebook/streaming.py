"""Timelines in several JSON documents, as pages and their queries have them since 2024.

The first document has the list with its first post; each further post and the page info come as
documents of their own, whose `label` and `path` say where they belong.
"""

from __future__ import annotations

import msgspec

from sandbox.graph.shapes import wrapped
from sandbox.service.exchange import JsonDocument, JsonObject
from sandbox.service.pages import EmbeddedJson, json_script

SJS = 'type="application/json" data-sjs'
_LIST = "timeline_list_feed_units"
_FRAGMENT = "ProfileCometTimelineFeed_user"
_POSTS = f"{_FRAGMENT}$stream${_FRAGMENT}_{_LIST}"
_INFO = f"{_FRAGMENT}$defer${_FRAGMENT}_{_LIST}$page_info"


def timeline_document(root: str, subject: JsonObject, units: JsonObject) -> JsonObject:
    """A timeline below `user` (in the page) or `node` (in an answer to its queries)."""
    return {"data": {root: {**subject, _LIST: units}}}


def stream_parts(document: JsonObject) -> list[JsonObject]:
    """A timeline as the documents in which it is sent; what it lacks is in none of them."""
    (root, subject), *_ = document["data"].items()
    units = subject[_LIST]
    first = {**units, "edges": units["edges"][:1]}
    info = first.pop("page_info", None)
    path = [root, _LIST]
    documents: list[JsonObject] = [{"data": {root: {**subject, _LIST: first}}}]
    for place, edge in enumerate(units["edges"][1:], 1):
        there = [*path, "edges", place]
        documents.append({"label": _POSTS, "path": there, "data": edge})
    if info is not None:
        documents.append({"label": _INFO, "path": path, "data": {"page_info": info}})
    for number, part in enumerate(documents, 1):
        part["extensions"] = {"is_final": number == len(documents)}
    return documents


class StreamedScripts(EmbeddedJson):
    """A timeline in a page, a script for each of its documents."""

    def __init__(self, document: JsonObject) -> None:
        super().__init__("", document, "")

    def __str__(self) -> str:
        return "".join(str(json_script(wrapped(part), SJS)) for part in stream_parts(self.value))


class QueryLines(JsonDocument):
    """The answer to a page's query: documents, one a line."""

    def __init__(self, document: JsonObject, *, streamed: bool) -> None:
        self.values = [document]
        self._streamed = streamed

    def encode(self) -> bytes:
        """The lines as they are sent."""
        last = {"label": f"{_FRAGMENT}$defer", "extensions": {"is_final": True}}
        (document,) = self.values
        documents = stream_parts(document) if self._streamed else [document, last]
        return b"\n".join(msgspec.json.encode(part) for part in documents)
