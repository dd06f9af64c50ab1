"""Lists that claim to be whole and lack much of what is known: they prove nothing.

Posts vanish one by one. Where a "complete" timeline lacks more than a few posts that were seen
before, and a large share of them, the list is what is wrong: its attempt is stored as
`empty_unexpected`, so that it covers no time, calls no post absent, and is tried again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pymongo.client_session import ClientSession

from model.messages import Outcome
from store.database import POSTS, VISITS, Document, Store
from store.ingest import attempts, merging
from store.ingest.absence import missed

FEW = 3
"""So many missing posts are believed, whatever share of the known ones they are."""
SHARE = 0.2
"""This share of the known posts may be missing, however many they are."""
_FACTS = ("account", "published_at", "first_seen", "last_seen", "absent_since", "gone_at")


def with_doubts(
    db: Store,
    session: ClientSession | None,
    visits: Mapping[str, Document],
    posts: Mapping[str, Document],
) -> dict[str, Document]:
    """The visits of a batch, by id; attempts that disagree with what is known end as doubtful.

    `posts`: those of the same batch, which may be of earlier visits. An attempt that is stored
    already was judged when it came, and is not judged a second time.
    """
    looked = {key: list(attempts.lookings(visit)) for key, visit in visits.items()}
    claims = [looking for of in looked.values() for looking in of]
    if not claims:
        return dict(visits)
    known = _known(db, session, claims, posts)
    found = db[VISITS].find(
        {"_id": {"$in": [key for key, of in looked.items() if of]}}, session=session
    )
    stored = {visit["_id"]: visit["attempts"] for visit in found}
    return {
        key: _judged(visit, looked[key], known, stored.get(key, ()))
        for key, visit in visits.items()
    }


def _known(
    db: Store,
    session: ClientSession | None,
    claims: Sequence[Document],
    posts: Mapping[str, Document],
) -> dict[str, list[Document]]:
    """By account, the posts of these times of publication that are not known to be gone."""
    condition = {
        "account": {"$in": list({claim["account"] for claim in claims})},
        "published_at": {
            "$gte": min(claim["start"] for claim in claims),
            "$lt": max(claim["end"] for claim in claims),
        },
    }
    found = {
        post["_id"]: post
        for post in db[POSTS].find(condition, dict.fromkeys(_FACTS, True), session=session)
    }
    for key, post in posts.items():
        if "account" in post and "published_at" in post:
            found[key] = merging.merge_posts(found[key], post) if key in found else post
    known: dict[str, list[Document]] = defaultdict(list)
    for post in found.values():
        if "gone_at" not in post:
            known[post["account"]].append(post)
    return known


def _judged(
    visit: Document,
    looked: Sequence[Document],
    known: Mapping[str, Sequence[Document]],
    stored: Sequence[Document],
) -> Document:
    before = {(one["observed_at"], one["attempt"]): one for one in stored}
    doubts = {one["observed_at"]: _doubt(one, known.get(one["account"], ())) for one in looked}
    judged = [
        before.get((one["observed_at"], one["attempt"]))
        or _without_claim(one, doubts.get(one["observed_at"]))
        for one in visit["attempts"]
    ]
    return visit if judged == visit["attempts"] else merging.with_attempts(visit, judged)


def _doubt(looking: Document, posts: Sequence[Document]) -> Document | None:
    """How many of the posts known before the look it lacks, if they are too many to be believed.
    Posts that an earlier look missed already do not vanish a second time."""
    at = looking["observed_at"]
    posts = [post for post in posts if not ("absent_since" in post and post["absent_since"] < at)]
    lacks = len(list(missed(looking, posts)))
    if lacks <= FEW:
        return None
    known = sum(
        looking["start"] <= post["published_at"] < looking["end"] and post["first_seen"] < at
        for post in posts
    )
    return {"lacks": lacks, "known": known} if lacks > SHARE * known else None


def _without_claim(attempt: Document, doubt: Document | None) -> Document:
    """The attempt with its claim taken back."""
    if doubt is None:
        return attempt
    kept = {name: value for name, value in attempt.items() if name != "proven_from"}
    detail = f"the list lacks {doubt['lacks']} of {doubt['known']} posts seen before"
    return {
        **kept,
        "outcome": Outcome.EMPTY_UNEXPECTED.value,
        "complete": False,
        "detail": detail,
        "doubt": doubt,
    }
