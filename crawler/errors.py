"""Every way in which a call can fail, as one tree that says what to do about it.

    CrawlError
    ├── Retry          the same call again, after `after` seconds
    ├── Wait           this credential (or the whole platform) must pause until `until`
    ├── Rotate         this credential is of no more use; another one may do
    └── GiveUp         this call will not succeed
        └── ShapeError the answer is not of the shape that was expected

Each carries the `Outcome` in which a visit ends if the remedy does not help. Messages never hold
a secret, so they may be logged, stored and shown.
"""

from __future__ import annotations

from datetime import datetime

from model.bounds import cut
from model.messages import Outcome


class CrawlError(Exception):
    """Base of all; raised by classifiers and mappers, handled in `crawler.engine.fetcher` and
    `crawler.engine.group_run`.
    """

    def __init__(self, outcome: Outcome, detail: str) -> None:
        self.outcome = outcome
        self.detail = cut(detail)
        """As much of it as a visit's detail may hold: platforms have answered with megabytes."""
        super().__init__(f"{outcome.value}: {self.detail}")


class Retry(CrawlError):
    """Transient: the same call may succeed after `after` seconds."""

    def __init__(self, outcome: Outcome, detail: str, after: float | None = None) -> None:
        super().__init__(outcome, detail)
        self.after = after


class Wait(CrawlError):
    """A limit was met: no call with this credential before `until` (UTC)."""

    def __init__(self, outcome: Outcome, detail: str, until: datetime | None = None) -> None:
        super().__init__(outcome, detail)
        self.until = until


class Rotate(CrawlError):
    """The credential is refused; nothing can be had with it until somebody replaces it."""


class GiveUp(CrawlError):
    """Permanent for this call, whatever the credential."""


class ShapeError(GiveUp):
    """An answer without something that every answer of its kind has; `path` says what."""

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(
            Outcome.CHANGED_SHAPE, f"{path} {detail or 'is missing or not as expected'}"
        )
        self.path = path
