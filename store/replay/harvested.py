"""Which rows of an answer that is mapped again are its visits' own.

A public page shows more than it was opened for: other accounts' posts, posts of other months, lists
without times. Visits do not harvest those, so mapping their answers again must not either. A row
that was harvested from an answer stays one; a further one counts if a visit would have kept it:

timeline   posts of the visited account that were published inside the window
refresh    posts that are known
profile    the account alone
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from model.items import AccountItem, PostItem
from model.messages import HarvestPage, VisitKind, Window, parsed_visit_id, stamped
from store.database import ACCOUNT_READINGS, POST_READINGS, POSTS, Store
from store.keys import instant, reading_id, stands_for


@dataclass(frozen=True, slots=True)
class _Purpose:
    """What a visit was for, as its id says."""

    account: str
    kind: str
    window: Window | None

    def covers(self, post: PostItem, *, known: bool) -> bool:
        """Whether the visit would have kept a post."""
        if post.account not in (None, self.account):
            return False
        if self.kind == VisitKind.REFRESH:
            return known
        return (
            self.window is not None
            and post.published_at is not None
            and post.published_at in self.window
        )


def harvested(db: Store, page: HarvestPage) -> HarvestPage:
    """The page without the rows that none of its visits would have kept."""
    purposes = [purpose for visit in page.visits if (purpose := _purpose(visit)) is not None]
    before = _made_of(db, page)
    known = _known(db, page) if any(p.kind == VisitKind.REFRESH for p in purposes) else set()

    def kept_post(post: PostItem) -> bool:
        key = f"{page.platform}:{post.id}"
        return key in before or any(p.covers(post, known=key in known) for p in purposes)

    def kept_account(account: AccountItem) -> bool:
        named = account.id in ("", *(p.account for p in purposes))
        by_handle = any(p.account.startswith("@") for p in purposes)
        return named or by_handle or f"{page.platform}:{account.id}" in before

    return msgspec.structs.replace(
        page,
        posts=tuple(filter(kept_post, page.posts)),
        accounts=tuple(filter(kept_account, page.accounts)),
    )


def _purpose(visit: str) -> _Purpose | None:
    """None for a name that is no visit's id; nothing would have been kept for it."""
    named = parsed_visit_id(visit)
    if named is None:
        return None
    account = named["account"].partition(":")[2]
    if not named["start"]:
        return _Purpose(account, named["kind"], None)
    return _Purpose(account, named["kind"], Window(stamped(named["start"]), stamped(named["end"])))


def _made_of(db: Store, page: HarvestPage) -> set[str]:
    """Posts and accounts of which a reading was made from this very answer."""
    slot = stands_for(instant(page.slot), instant(page.raw.observed_at))
    found: set[str] = set()
    for name, items in ((POST_READINGS, page.posts), (ACCOUNT_READINGS, page.accounts)):
        ids = {reading_id(f"{page.platform}:{item.id}", slot): item.id for item in items}
        made = db[name].find({"_id": {"$in": list(ids)}, "raw": page.raw.sha256}, {"_id": True})
        found.update(f"{page.platform}:{ids[row['_id']]}" for row in made)
    return found


def _known(db: Store, page: HarvestPage) -> set[str]:
    ids = [f"{page.platform}:{post.id}" for post in page.posts]
    return {row["_id"] for row in db[POSTS].find({"_id": {"$in": ids}}, {"_id": True})}
