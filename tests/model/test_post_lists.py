"""What the platforms say of their lists of posts, and the documents that repeat it."""

from __future__ import annotations

import re

import pytest

from model.platform import PLATFORMS
from model.platforms import FACTS
from model.proof import Proof
from tests.shared import ROOT

_PROOF = re.compile(r"\bProof\.([A-Z_]+)")


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_route_says_what_proves_its_list(name: str) -> None:
    lists = FACTS[name].lists
    assert set(lists) == {"api", "web"}
    assert lists["api"].proofs
    assert all(c.most > 0 and c.source and c.answer for one in lists.values() for c in one.ceilings)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_facts_name_the_proofs_that_the_crawler_gives(name: str) -> None:
    given: dict[str, set[Proof]] = {"api": set(), "web": set()}
    for file in (ROOT / "crawler" / "platforms" / name).glob("*.py"):
        route = "web" if file.name.startswith("web_") else "api"
        given[route] |= {Proof[word] for word in _PROOF.findall(file.read_text("utf-8"))}
    assert given == {route: set(of.proofs) for route, of in FACTS[name].lists.items()}


@pytest.mark.parametrize("file", ["completeness.md", "completeness.zh.md"])
def test_the_documents_say_what_the_facts_say(file: str) -> None:
    text = (ROOT / "docs" / file).read_text("utf-8")
    assert all(f"| `{proof}` |" in text for proof in Proof)
    named = "zh" if ".zh." in file else "en"
    for facts in FACTS.values():
        for route, listed in facts.lists.items():
            start = f"| {getattr(facts, named)} | {route} | "
            (row,) = [line for line in text.splitlines() if line.startswith(start)]
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            assert [p for p in Proof if f"`{p}`" in cells[2]] == sorted(
                listed.proofs, key=list(Proof).index
            )
            assert cells[3] == (str(listed.page) if listed.page else "–")
            assert all(f"{ceiling.most:,}" in cells[4] for ceiling in listed.ceilings)
