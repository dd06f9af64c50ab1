"""Reading many objects of one answer: those that are broken do not lose the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from crawler.errors import ShapeError
from model.bounds import OutOfBounds
from model.items import PostItem

_T = TypeVar("_T")
_ALWAYS_SHOWN = ("likes", "comments", "shares")
_ENOUGH = 5
"""From so many posts on, a counter that none of them has is a change of the answers, not chance."""


def readable(
    objects: Iterable[tuple[str, Any]], read: Callable[[Any, str], _T], failed: list[ShapeError]
) -> Iterator[_T]:
    """What `read(object, path)` gives for each (path, object) that it can read.

    The errors of the others are added to `failed`.
    """
    for path, value in objects:
        try:
            yield read(value, path)
        except ShapeError as error:
            failed.append(error)
        except OutOfBounds as error:
            failed.append(ShapeError(path, f"is out of bounds: {error}"))


def paths_of(failed: Sequence[ShapeError], *rows: Collection[object]) -> tuple[str, ...]:
    """The paths of what could not be read.

    Raises the first failure if there are no rows, for then it is the shape that changed.
    """
    if failed and not any(rows):
        raise failed[0]
    return tuple(error.path for error in failed)


def each(
    values: Sequence[Any], path: str, read: Callable[[Any, str], _T]
) -> tuple[tuple[_T, ...], tuple[str, ...]]:
    """Every element of the array at `path`: what could be read, and the paths of the others.

    Raises ShapeError if every one is broken.
    """
    failed: list[ShapeError] = []
    placed = ((f"{path}[{position}]", value) for position, value in enumerate(values))
    rows = tuple(readable(placed, read, failed))
    return rows, paths_of(failed, rows)


def never_counted(posts: Sequence[PostItem]) -> tuple[str, ...]:
    """Counters that not one of five or more posts has: the field was renamed or dropped."""
    if len(posts) < _ENOUGH:
        return ()
    return tuple(
        name for name in _ALWAYS_SHOWN if all(post.counts[name].value is None for post in posts)
    )
