"""A retired version of the Graph API is answered as the next one is: that is told, not passed over.

From the header of a real answer to the flag that people read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.contract import Answer, Page, Versioned
from crawler.engine.sinks import harvest_page
from crawler.platforms import platform
from model.messages import VisitKind
from model.period import Period
from model.platform import PlatformName
from store.database import Store
from store.ingest.writer import Writer
from store.quality.flagging import find_flags, update_flags
from tests.crawler.platforms.against_sandbox import accounts, calling, visit
from tests.crawler.platforms.driver import drive
from tests.crawler.platforms.test_replayed_visits import api_config
from tests.sandbox.running import Sandbox

MAY = Period.month("2025-05")


def pages(sandbox: Sandbox, name: PlatformName) -> list[Page]:
    """Profiles of two accounts, as the fetcher would hand them on."""
    of = platform(name)
    assert isinstance(of, Versioned)
    visits = [visit(sandbox, one, VisitKind.PROFILE) for one in accounts(sandbox, of)[:2]]
    ask = calling(sandbox, of)

    def respond(call: Any) -> Answer:
        answer = ask(call)
        return replace(answer, version=of.other_version(answer))

    return drive(of, api_config(sandbox, of), visits, respond).pages


@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_answers_of_another_version_are_flagged(
    sandbox: Sandbox, db: Store, name: PlatformName
) -> None:
    at = MAY.end - timedelta(days=1)
    sandbox.at(f"{at:%Y-%m-%dT%H:%M:%SZ}")
    assert {page.answer.version for page in pages(sandbox, name)} == {""}
    sandbox.limits(graph_oldest_version=26)
    told = pages(sandbox, name)
    assert {page.answer.version for page in told} == {"v26.0"}
    Writer(db).write([harvest_page(page) for page in told])
    (flag,) = [one for one in find_flags(db, MAY) if one.kind == "api_version"]
    assert flag.facts == {
        "asked": "v25.0",
        "answered": "v26.0",
        "answers": len(told),
        "accounts": 2,
    }
    assert flag.subject == f"{name}:v26.0"
    assert update_flags(db, MAY, MAY.cutoff).found["api_version"] == 1


def test_a_part_of_a_batch_tells_its_version_too(sandbox: Sandbox) -> None:
    of = platform("facebook")
    assert isinstance(of, Versioned)
    sandbox.limits(graph_oldest_version=27)
    answer = pages(sandbox, "facebook")[0].answer
    assert answer.call.method == "POST"
    assert of.other_version(replace(answer, headers={})) == "v27.0"
