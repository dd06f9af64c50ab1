"""The tools that an assistant may call. All of them read; each answer says of which month and by
which method it is, how much is known, and why something is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from model.version import __version__
from portal.assistants.asking import NotGiven, PortalApi

_INSTRUCTIONS = (
    "Numbers of CityReach: how far the voice of Chinese cities carries on overseas social media, "
    "month by month. null is not known and never 0; say the reason that stands beside it. "
    "Name the month, its state and the coverage with every number, and that ranks are by the "
    "method named. "
    "A month that is not `frozen` or `revised` is provisional and will change."
)
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True)
_Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$", description="YYYY-MM")]
_Name = Annotated[str, Field(min_length=1, max_length=80)]
_Answer = dict[str, Any]
_ALL_SCOPES = ("composite", "facebook", "x", "youtube", "instagram", "tiktok")


def assistant_server(api: PortalApi) -> MCPServer[Any]:
    """A server over the API. Nothing is asked yet."""
    server: MCPServer[Any] = MCPServer(
        "CityReach", instructions=_INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    for tool in (_months, _leaderboard, _city, _explain, _coverage, _definitions):
        made = tool(api)
        server.add_tool(made, name=tool.__name__.strip("_"), annotations=_READS)
    return server


def _asked(api: PortalApi, path: str, **query: Any) -> _Answer:
    try:
        return api.get(path, **query)
    except NotGiven as refused:
        raise ToolError(str(refused)) from None


def _months(api: PortalApi) -> Callable[[], _Answer]:
    def months() -> _Answer:
        """The months that can be asked for, the newest first, each with its state: `frozen` and
        `revised` are published and never change, all others are provisional."""
        return _asked(api, "/months")

    return months


def _leaderboard(api: PortalApi) -> Callable[..., _Answer]:
    def leaderboard(
        month: _Month,
        scope: _Name = "composite",
        top: Annotated[int, Field(ge=1, le=300)] = 10,
    ) -> _Answer:
        """The ranked cities of a month: rank, change against the month before, index, coverage.
        `scope` is composite or a platform (facebook, x, youtube, instagram, tiktok). `left_out`
        names cities without a rank and why."""
        found = _asked(api, f"/months/{month}/leaderboards/{quote(scope, safe='')}")
        return {**found, "items": found["items"][:top], "of": len(found["items"])}

    return leaderboard


def _city(api: PortalApi) -> Callable[..., _Answer]:
    def city(month: _Month, city: _Name) -> _Answer:
        """Where one city stands in a month, in every scope; null where it has no rank there, with
        the reason in `left_out`. `measures` are the counts of its accounts, where the token opens
        them; `measures_refused` says where it does not."""
        found: _Answer = {}
        for scope in _ALL_SCOPES:
            try:
                board = api.get(f"/months/{month}/leaderboards/{scope}")
            except NotGiven as refused:
                if scope == _ALL_SCOPES[0]:
                    raise ToolError(str(refused)) from None
                continue
            found = found or _about(board, city)
            mine = [row for row in board["items"] if row["city"] == city]
            found["scopes"][scope] = mine[0] if mine else None
        try:
            measures = api.get(f"/months/{month}/cities/{quote(city, safe='')}/measures")
            found["measures"] = measures["items"]
        except NotGiven as refused:
            found["measures_refused"] = str(refused)
        return found

    return city


def _about(board: _Answer, city: str) -> _Answer:
    known = {row["city"] for row in board["items"]} | {row["city"] for row in board["left_out"]}
    if city not in known:
        raise ToolError(f"no city {city} in {board['month']}; ids are those of the leaderboard")
    left_out = [row for row in board["left_out"] if row["city"] == city]
    beside = {name: value for name, value in board.items() if name not in ("items", "next")}
    return {**beside, "city": city, "left_out": left_out, "scopes": {}}


def _explain(api: PortalApi) -> Callable[..., _Answer]:
    def explain(
        month: _Month,
        city: _Name,
        node: _Name = "index",
        depth: Annotated[int, Field(ge=0, le=6)] = 2,
    ) -> _Answer:
        """How a city's score comes about: weights, normalised values, measures, down the method's
        tree from `node`; `notes` say what is missing. Needs a token that sees the city."""
        path = f"/months/{month}/cities/{quote(city, safe='')}/explain"
        return _asked(api, path, node=node, depth=depth)

    return explain


def _coverage(api: PortalApi) -> Callable[..., _Answer]:
    def coverage(month: _Month) -> _Answer:
        """How much of a month is known on each platform, and which accounts lack what and why.
        Needs a token that may see drafts."""
        return _asked(api, f"/months/{month}/coverage")

    return coverage


def _definitions(api: PortalApi) -> Callable[..., _Answer]:
    def definitions(platform: _Name | None = None) -> _Answer:
        """What each counter of a platform means, since when, and which changes broke its series."""
        return _asked(api, "/definitions", platform=platform)

    return definitions
