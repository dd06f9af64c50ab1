"""What the documents tell an administrator to delete on request is deleted, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from model.messages import HarvestPage, VisitKind
from store.database import Store
from store.evidence import NoSuchEvidence, Seen, get, put
from store.ingest.raw import NoSuchAnswer, answer
from store.ingest.writer import Writer
from tests.shared import ROOT
from tests.store.harvest import KEY, closed, day, page, post, visit

DOCUMENTS = ["responsible-use.md", "responsible-use.zh.md"]
METHODS = {"deleteMany": "delete_many", "updateMany": "update_many", "const ": ""}


def statements(document: str) -> str:
    """The document's block for mongosh, as Python."""
    text = (ROOT / "docs" / document).read_text("utf-8")
    (block,) = re.findall(r"^ *```js\n(.*?)^ *```", text, re.S | re.M)
    for word, ours in METHODS.items():
        block = block.replace(word, ours)
    lines = [line.strip() for line in block.splitlines()]
    return "\n".join(re.sub(r"([{,] ?)([$\w]+):", r'\1"\2":', line) for line in lines)


def filled(db: Store) -> tuple[list[str], list[str]]:
    """Two accounts with a post and a picture each: their raw answers, and their pictures."""
    raw, pictures, at = [], [], day(10) + timedelta(minutes=4)
    for number, account in (("7", "1001"), ("8", "1002")):
        of = visit(day(10), VisitKind.TIMELINE, account_id=account)
        message = page(of, at, posts=[post(number, at, day(9), account=account, likes=5)])
        Writer(db).write([message, closed(of, at, seen=[number])])
        assert isinstance(message[0], HarvestPage)
        raw.append(message[0].raw.sha256)
        url = f"https://example.org/{number}"
        seen = Seen(
            post=f"facebook:{number}", platform="facebook", url=url, observed_at=at, browser="one"
        )
        pictures.append(put(db, b"a picture", seen).id)
    return raw, pictures


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_asked_for_is_gone(db: Store, document: str) -> None:
    raw, pictures = filled(db)
    likes = list(db["post_readings"].find().sort("_id"))
    named: dict[str, Any] = {"db": db}
    exec(statements(document).replace("PLATFORM:ID", KEY), named)
    assert len(named["posts"]) == len(named["visits"]) == 1
    texts = {row["_id"]: row.get("text") for row in db["posts"].find()}
    assert texts == {"facebook:7": None, "facebook:8": "made up"}
    with pytest.raises(NoSuchAnswer):
        answer(db, raw[0])
    with pytest.raises(NoSuchEvidence):
        get(db, pictures[0])
    assert db["evidence.chunks"].count_documents({}) == 1
    assert answer(db, raw[1])
    assert get(db, pictures[1])[1] == b"a picture"
    assert list(db["post_readings"].find().sort("_id")) == likes
