"""What docs/alerts.md says can be followed to the letter."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.alerts.channels import send, signature
from portal.alerts.checks import load
from portal.alerts.config import AlertSettings, ChannelKind, Severity
from portal.alerts.memory import News, Notice
from portal.alerts.wording import Message
from tests.portal.alerts.receivers import web
from tests.shared import ROOT

DOCUMENTS = [ROOT / "docs" / "alerts.md", ROOT / "docs" / "alerts.zh.md"]
AT = datetime(2025, 5, 19, tzinfo=UTC)
SECRET = "shared-secret"


def blocks(path: Path, language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S)
    assert found
    return [str(block) for block in found]


def message() -> Message:
    text = "2 messages were set aside: `cityreach visits dead` names them"
    notice = Notice(
        news=News.NEW,
        id="dead_letters|dead",
        rule="dead_letters",
        subject="dead",
        severity=Severity.WARNING,
        since=AT,
        text={"en": text, "zh": text},
        facts={"letters": 2},
    )
    return Message((notice,), "en", AT)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_shipped_rule_has_its_row_in_both_tables(path: Path) -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|[^|]*\|[^|]*\|$", path.read_text("utf-8"), re.M)
    assert rows == 2 * [rule.id for rule in load(None)]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_channels_can_be_set_so(path: Path) -> None:
    channels = AlertSettings.model_validate({"channels": json.loads(blocks(path, "json")[0])})
    assert {one.kind for one in channels.channels.values()} == set(ChannelKind)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_receiver_of_the_document_knows_what_is_genuine(path: Path) -> None:
    names: dict[str, Any] = {}
    exec(blocks(path, "python")[0], names)
    genuine = names["genuine"]
    channels = json.loads(blocks(path, "json")[0])
    with web() as receiver:
        settings = {"channels": {"team": {**channels["team"], "url": receiver.url}}}
        send(AlertSettings.model_validate(settings).channels["team"], message())
        (posted,) = receiver.posted
    assert genuine(SECRET, posted.headers, posted.body)
    assert not genuine("another", posted.headers, posted.body)
    assert not genuine(SECRET, posted.headers, posted.body + b" ")
    later = {**posted.headers, "x-cityreach-timestamp": "1747612801"}
    assert not genuine(SECRET, later, posted.body)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_example_is_what_is_sent(path: Path) -> None:
    body = blocks(path, "json")[1].strip()
    assert json.loads(body) == message().as_json()
    (stated,) = blocks(path, "text")
    assert stated.strip() == signature(SECRET, "1747612800", body.encode())
