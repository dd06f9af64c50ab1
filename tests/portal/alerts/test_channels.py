"""What arrives: verified as a receiver would verify it, by the platforms' own rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.alerts.channels import SIGNATURE, TIMESTAMP, DeliveryError, send
from portal.alerts.config import ChannelConfig, Severity
from portal.alerts.memory import News, Notice
from portal.alerts.wording import Message
from tests.portal.alerts.receivers import Web, certificate, mail, web
from tests.store.harvest import day

NOW = day(20) + timedelta(hours=9, minutes=5)
SECRET = "SEC-tests-only"


def notice(number: int = 1, news: News = News.NEW, text: str = "trouble", **more: Any) -> Notice:
    given = {"severity": Severity.WARNING, "facts": {"visits": number}, **more}
    return Notice(
        news=news,
        id=f"r|{number}",
        rule="r",
        subject=f"{number}",
        since=day(19),
        text={"en": text, "zh": "故障"},
        **given,
    )


def message(*notices: Notice, language: str = "en") -> Message:
    return Message(notices or (notice(),), language, NOW)  # type: ignore[arg-type]


@pytest.fixture
def receiver() -> Iterator[Web]:
    with web() as receiver:
        yield receiver


def channel(receiver: Web, kind: str, path: str = "/hook", **more: Any) -> ChannelConfig:
    given = {"kind": kind, "url": receiver.url + path, **more}
    return ChannelConfig.model_validate(given)


def sent(receiver: Web, kind: str, of: Message | None = None, **more: Any) -> dict[str, Any]:
    send(channel(receiver, kind, **more), of or message())
    (posted,) = receiver.posted
    assert posted.headers["content-type"].startswith("application/json")
    return dict(json.loads(posted.body))


def test_a_webhook_is_signed_over_time_and_body(receiver: Web) -> None:
    body = sent(receiver, "webhook", message(notice(), notice(2, News.OVER)), secret=SECRET)
    (posted,) = receiver.posted
    stamp = posted.headers[TIMESTAMP.lower()]
    assert int(stamp) == int(NOW.timestamp())
    whole = stamp.encode() + b"." + posted.body
    expected = hmac.new(SECRET.encode(), whole, hashlib.sha256).hexdigest()
    assert posted.headers[SIGNATURE.lower()] == f"sha256={expected}"
    assert body["version"] == 1
    assert [alert["news"] for alert in body["alerts"]] == ["new", "over"]
    assert body["alerts"][0] == {
        "news": "new",
        "rule": "r",
        "subject": "1",
        "severity": "warning",
        "since": "2025-05-19T00:00:00Z",
        "text": "trouble",
        "facts": {"visits": 1},
    }


def test_feishu_signs_with_time_and_secret_as_the_key(receiver: Web) -> None:
    receiver.answers = [(200, b'{"code":0,"msg":"success"}')]
    body = sent(receiver, "feishu", message(language="zh"), secret=SECRET)
    assert body["msg_type"] == "text"
    assert body["content"]["text"].startswith("CityReach: 新问题 1\n- 新问题: 故障")
    assert body["timestamp"] == f"{int(NOW.timestamp())}"
    key = f"{body['timestamp']}\n{SECRET}".encode()
    assert base64.b64decode(body["sign"]) == hmac.new(key, b"", hashlib.sha256).digest()


def test_dingtalk_signs_with_the_secret_as_the_key_and_milliseconds(receiver: Web) -> None:
    receiver.answers = [(200, b'{"errcode":0,"errmsg":"ok"}')]
    body = sent(receiver, "dingtalk", path="/robot/send?access_token=abc", secret=SECRET)
    assert body["msgtype"] == "text"
    query = parse_qs(urlsplit(receiver.posted[0].path).query)
    assert query["access_token"] == ["abc"]
    (stamp,), (sign,) = query["timestamp"], query["sign"]
    assert int(stamp) == int(NOW.timestamp() * 1000)
    signed = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(sign) == signed


def test_without_a_secret_feishu_and_dingtalk_are_not_signed(receiver: Web) -> None:
    receiver.answers = [(200, b'{"StatusCode":0}')]
    assert sent(receiver, "feishu").keys() == {"msg_type", "content"}
    receiver.posted.clear()
    receiver.answers = [(200, b'{"errcode":0}')]
    sent(receiver, "dingtalk")
    assert receiver.posted[0].path == "/hook"


@pytest.mark.slow
def test_wecom_takes_no_more_than_its_bytes(receiver: Web) -> None:
    receiver.answers = [(200, b'{"errcode":0}')]
    many = message(*(notice(n, text="x") for n in range(300)), language="zh")
    text = sent(receiver, "wecom", many)["text"]["content"]
    assert len(text.encode()) <= 2048
    assert "另有" in text.splitlines()[-1]
    shown = len(text.splitlines()) - 2
    assert f"另有 {300 - shown} 条" in text


def test_slack_gets_its_three_characters_escaped(receiver: Web) -> None:
    text = sent(receiver, "slack", message(notice(text="a < b & <!channel>")))["text"]
    assert "a &lt; b &amp; &lt;!channel&gt;" in text
    assert "<" not in text


def test_facts_that_hold_line_breaks_make_no_lines(receiver: Web) -> None:
    of = message(notice(text="one\ntwo\r\nSubject: three"))
    assert len(sent(receiver, "slack", of)["text"].splitlines()) == 2


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("feishu", (200, b'{"code":19021,"msg":"sign match fail or timestamp is not within"}')),
        ("feishu", (200, b"<html>")),
        ("dingtalk", (200, b'{"errcode":310000,"errmsg":"sign not match"}')),
        ("wecom", (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}')),
        ("slack", (404, b"no_service")),
        ("webhook", (500, b"oops")),
        ("webhook", (302, b"http://127.0.0.1:9/elsewhere")),
    ],
)
def test_what_was_not_taken_is_an_error(receiver: Web, kind: str, answer: Any) -> None:
    receiver.answers = [answer]
    with pytest.raises(DeliveryError, match=f"{kind}: HTTP {answer[0]}"):
        send(channel(receiver, kind, secret=SECRET), message())
    assert len(receiver.posted) == 1


def test_an_error_tells_neither_address_nor_secret(receiver: Web) -> None:
    told = f"invalid token TELLTALE-TOKEN of /hook/TELLTALE-PATH, secret {SECRET}"
    receiver.answers = [(403, told.encode())]
    of = channel(
        receiver, "dingtalk", "/hook/TELLTALE-PATH?access_token=TELLTALE-TOKEN", secret=SECRET
    )
    with pytest.raises(DeliveryError) as caught:
        send(of, message())
    assert "TELLTALE" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nobody_there_is_an_error_without_the_address() -> None:
    of = ChannelConfig.model_validate({"kind": "slack", "url": "http://127.0.0.1:9/TELLTALE"})
    with pytest.raises(DeliveryError) as caught:
        send(of, message())
    assert str(caught.value) == "slack: ConnectError"


def test_what_is_new_and_critical_comes_first() -> None:
    critical = Severity.CRITICAL
    lines = (
        message(
            notice(1, News.OVER), notice(2, News.STILL), notice(3), notice(4, severity=critical)
        )
        .text()
        .splitlines()
    )
    assert lines[0] == "CityReach: New 2, Still 1, Over 1"
    assert [line.split(":")[0] for line in lines[1:]] == ["! New", "- New", "- Still", "- Over"]


def mail_channel(port: int, **more: Any) -> ChannelConfig:
    to = ["a@example.org", "b@example.org"]
    given = {
        "kind": "mail",
        "host": "localhost",
        "port": port,
        "security": "none",
        "sender": "cityreach@example.org",
        "to": to,
        **more,
    }
    return ChannelConfig.model_validate(given)


def test_mail_arrives_in_both_languages() -> None:
    with mail() as receiver:
        send(mail_channel(receiver.port), message(notice(text="dots:\n.\n.")))
        send(mail_channel(receiver.port), message(language="zh"))
    first, second = receiver.letters
    assert first["Subject"] == "CityReach: New 1"
    assert first["Auto-Submitted"] == "auto-generated"
    assert receiver.envelopes[0] == ("cityreach@example.org", ("a@example.org", "b@example.org"))
    payload = second.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert "故障" in payload.decode()


def test_a_password_goes_only_through_a_trusted_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate(tmp_path)
    with mail(context) as receiver:
        of = mail_channel(receiver.port, security="starttls", user="team", password=SECRET)
        with pytest.raises(DeliveryError, match="SSLCertVerificationError"):
            send(of, message())
        assert receiver.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        send(of, message())
    assert receiver.logins == [("team", SECRET)]
    assert receiver.encrypted == [True]


def test_a_server_without_encryption_gets_no_password() -> None:
    with mail() as receiver:
        of = mail_channel(receiver.port, security="starttls", user="team", password=SECRET)
        with pytest.raises(DeliveryError, match="mail: SMTPNotSupportedError"):
            send(of, message())
    assert (receiver.logins, receiver.letters) == ([], [])


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_refused_mail_is_an_error(command: str) -> None:
    with mail() as receiver:
        receiver.refuses = command
        with pytest.raises(DeliveryError, match="mail: SMTP"):
            send(mail_channel(receiver.port), message())


def test_no_log_names_the_address(receiver: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send(channel(receiver, "slack", "/services/TELLTALE"), message())
    assert "TELLTALE" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("feishu", b'{"code":0}'),
        ("dingtalk", b'{"errcode":0}'),
        ("wecom", b'{"errcode":0}'),
        ("slack", b"ok"),
        ("webhook", b"ok"),
    ],
)
def test_what_a_platform_says_calls_nobody(receiver: Web, kind: str, answer: bytes) -> None:
    receiver.answers = [(200, answer)]
    said = '<at user_id="all">x</at> <!channel> @all @13800000000 \x1b[2J\u202e\u200b'
    key = {"secret": SECRET} if kind == "webhook" else {}
    body = json.dumps(sent(receiver, kind, message(notice(text=said)), **key), ensure_ascii=False)
    assert not {"\x1b", "\u202e", "\u200b"} & set(json.loads(json.dumps(body)))
    assert "\\u001b" not in body
    if kind != "webhook":
        assert not {"<", ">", "@"} & set(body)
