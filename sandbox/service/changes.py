"""What faults change in an answer's own JSON."""

from __future__ import annotations

import copy
import random
from typing import Any

from sandbox.service.exchange import PlatformRequest, Reply
from sandbox.service.faults import Fault, FaultKind
from sandbox.service.paging import (
    PAGING_FIELDS,
    count_rows,
    cursor_of,
    drop_continuation,
    end_list,
    lead_on,
    list_rows,
    new_cursor,
    objects_of,
    replace_rows,
)

_COUNTER_FIELDS = frozenset(
    {
        "public_metrics",
        "statistics",
        "contentDetails",
        "reactions",
        "like_count",
        "followers_count",
        "follower_count",
    }
)
_TOTAL_FIELDS = frozenset(
    {
        "media_count",
        "totalResults",
        "tweet_count",
        "post_count",
        "tweets",
        "video_count",
        "videoCount",
    }
)
_OF_FIELDS = frozenset(
    {
        FaultKind.MISSING_FIELDS,
        FaultKind.UNKNOWN_FIELDS,
        FaultKind.WRONG_TOTAL,
        FaultKind.PAGING_LOST,
    }
)
_OF_PAGING = frozenset(
    {
        FaultKind.LIST_CUT,
        FaultKind.AGREEING_CUT,
        FaultKind.ENDLESS_SAME_CURSOR,
        FaultKind.ENDLESS_SAME_ROWS,
        FaultKind.ENDLESS_NO_ROWS,
    }
)


def change(
    reply: Reply, fault: Fault, request: PlatformRequest, before: Reply | None = None
) -> None:
    """Changes an answer as the fault wants it; `before` is the list's page answered last."""
    whole = (reply.payload, reply.rows, reply.items)
    reply.payload, reply.rows, reply.items = copy.deepcopy(whole)
    if fault.kind in _OF_FIELDS:
        _change_fields(reply, fault)
    elif fault.kind in _OF_PAGING:
        _change_paging(reply, fault, request)
    else:
        _change_rows(reply, fault, list_rows(before) if before is not None else [])
    if fault.kind not in _OF_FIELDS | {FaultKind.EMPTY_PAGE}:
        count_rows(reply)


def _change_fields(reply: Reply, fault: Fault) -> None:
    named = frozenset(fault.fields)
    if fault.kind is FaultKind.UNKNOWN_FIELDS:
        _extend(reply)
    elif fault.kind is FaultKind.WRONG_TOTAL:
        _shift_totals(reply, named or _TOTAL_FIELDS, fault.number or 7)
    elif fault.kind is FaultKind.MISSING_FIELDS:
        _prune(reply, named or _COUNTER_FIELDS)
    else:
        _prune(reply, named or PAGING_FIELDS)
        if not named or "continuationItem" in named:
            drop_continuation(reply)


def _change_paging(reply: Reply, fault: Fault, request: PlatformRequest) -> None:
    rows = list_rows(reply)
    if fault.kind is FaultKind.LIST_CUT:
        if rows:
            replace_rows(reply, rows[: random.Random(fault.seed).randrange(len(rows))])
        end_list(reply)
        return
    if fault.kind is FaultKind.AGREEING_CUT:
        kept = rows[: len(rows) // 2]
        replace_rows(reply, kept)
        end_list(reply)
        _set_totals(reply, len(kept))
        return
    if fault.kind is FaultKind.ENDLESS_SAME_CURSOR:
        lead_on(reply, request, cursor_of(request))
        return
    if fault.kind is FaultKind.ENDLESS_NO_ROWS:
        replace_rows(reply, [])
    lead_on(reply, request, new_cursor(request))


def _change_rows(reply: Reply, fault: Fault, before: list[Any]) -> None:
    dice = random.Random(fault.seed)
    rows, number = list_rows(reply), fault.number or 1
    if fault.kind is FaultKind.EMPTY_PAGE:
        replace_rows(reply, [])
        if isinstance(reply.rows, dict):
            reply.rows.clear()
    elif fault.kind is FaultKind.SHUFFLED:
        dice.shuffle(rows)
        replace_rows(reply, rows)
    elif fault.kind is FaultKind.MISSING_ROWS:
        left_out = set(dice.sample(range(len(rows)), min(number, len(rows))))
        replace_rows(reply, [row for n, row in enumerate(rows) if n not in left_out])
    elif fault.kind is FaultKind.REPEATED_ROWS:
        replace_rows(reply, [*copy.deepcopy(before[-number:]), *rows])
    elif fault.kind is FaultKind.DISPLACED_ROWS:
        replace_rows(reply, copy.deepcopy(before))


def _prune(reply: Reply, names: frozenset[str]) -> None:
    for value in objects_of(*reply.values):
        for name in names & value.keys():
            del value[name]


def _shift_totals(reply: Reply, names: frozenset[str], number: int) -> None:
    for value in objects_of(*reply.values):
        for name in names & value.keys():
            total = value[name]
            if isinstance(total, int):
                value[name] = max(total + number, 0)
            elif isinstance(total, str) and total.isdigit():
                value[name] = str(max(int(total) + number, 0))


def _set_totals(reply: Reply, number: int) -> None:
    """Where the list tells how long it is."""
    for value in objects_of(*reply.values):
        for name in _TOTAL_FIELDS & value.keys():
            value[name] = str(number) if isinstance(value[name], str) else number


def _extend(reply: Reply) -> None:
    rows = list(reply.rows.values()) if isinstance(reply.rows, dict) else list_rows(reply)
    for value in (*reply.values, *rows):
        if isinstance(value, dict):
            value["sandbox_extra"] = {"deep": [1, {"null": None}], "text": "unknown"}
