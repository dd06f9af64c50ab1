"""What a process says never holds a secret, however the secret got into it."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from cityreach.settings import load_settings
from crawler.redaction import MARK, Redaction, secrets_in
from tests.cityreach.demo_process import ROOT, environment
from tests.security.searching import hits
from tests.waiting import LIMIT

SECRET = "EAAB|hush/7f3a+9c1d=Zq5"
secrets = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=12, max_size=60)


@given(secret=secrets, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_no_form_of_a_secret_survives(secret: str, before: bytes, after: bytes) -> None:
    redaction = Redaction([secret])
    forms = [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(before + secret.encode() + after).decode(),
        base64.urlsafe_b64encode(before + secret.encode() + after).decode(),
    ]
    for form in forms:
        clean = redaction.text(f"said {form} and went on")
        assert MARK in clean
        assert not hits(clean.encode(), secret)
        assert redaction.data(f"said {form} and went on".encode()) == clean.encode()


@given(st.text(max_size=200))
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    redaction = Redaction(["a-secret-that-nobody-says"])
    assert redaction.text(text) == text
    assert redaction.data(text.encode()) == text.encode()


def test_words_are_no_secrets() -> None:
    assert Redaction(["abc", ""]).text("abcdef") == "abcdef"


def test_secrets_learned_later_are_hidden_too() -> None:
    redaction = Redaction()
    redaction.add(["learned-later"])
    assert redaction.text("it is learned-later") == f"it is {MARK}"


def test_every_secret_of_the_settings_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = '{"team":{"kind":"dingtalk","url":"https://h.example/robot?t=5","secret":"SEC-5"}}'
    given_ = {
        "CITYREACH_X__TOKENS": '["token-1","token-2"]',
        "CITYREACH_TIKTOK__CLIENT_SECRET": "client-3",
        "CITYREACH_MONGO_URI": "mongodb://u:pass-4@h/",
        "CITYREACH_ALERTS__CHANNELS": channel,
    }
    for name, value in given_.items():
        monkeypatch.setenv(name, value)
    found = list(secrets_in(load_settings(None)))
    assert sorted(found) == [
        "SEC-5",
        "client-3",
        "https://h.example/robot?t=5",
        "mongodb://u:pass-4@h/",
        "token-1",
        "token-2",
    ]
    assert list(secrets_in([{"a": (SecretStr("x"),)}, "y", 3])) == ["x"]


@pytest.mark.parametrize("name", ["CITYREACH_X__TOKENS", "cityreach_x__tokens"])
def test_a_token_may_come_from_the_secrets_directory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named like the variable, as container platforms mount them; a final newline is no part."""
    (tmp_path / name).write_text(f'["{SECRET}"]\n')
    (tmp_path / "CITYREACH_ALERTS__CHANNELS__TEAM__KIND").write_text("slack\n")
    (tmp_path / "CITYREACH_ALERTS__CHANNELS__TEAM__URL").write_text("https://h.example/x\n")
    monkeypatch.setenv("CITYREACH_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CITYREACH_X__API_URL", "http://127.0.0.1:1")
    settings = load_settings(None)
    (token,) = settings.platform("x").tokens
    assert token.get_secret_value() == SECRET
    assert settings.platform("x").api_url == "http://127.0.0.1:1"
    url = settings.alerts.channels["team"].url
    assert url is not None
    assert url.get_secret_value() == "https://h.example/x"


def run(code: str) -> subprocess.CompletedProcess[str]:
    """A process that has loaded settings with the secret in them, and then does something."""
    start = """
import logging, resource, sys, threading
from cityreach.secrecy import guard_process
from cityreach.settings import load_settings
guard_process()
token = load_settings(None).platform("x").tokens[0].get_secret_value()
logging.basicConfig(level=logging.DEBUG)
"""
    env = {**environment(Path()), "CITYREACH_X__TOKENS": f'["{SECRET}"]', "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", start + code],
        env=env,
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=LIMIT,
    )


@pytest.mark.parametrize(
    ("code", "failed"),
    [
        ('raise RuntimeError("refused: " + token)', True),
        ('{token: 1}["missing"]; ', True),
        ('logging.warning("refused: %s", token)', False),
        ('logging.info("header %r", {"authorization": "Bearer " + token})', False),
        (
            'import base64\nlogging.error(base64.b64encode(("user:" + token).encode()).decode())',
            False,
        ),
        (
            'try:\n  raise ValueError(token)\nexcept ValueError:\n  logging.exception("oh")',
            False,
        ),
        ("def work(): raise ValueError(token)\nthreading.Thread(target=work).start()", False),
        (
            "class Broken:\n  def __del__(self): raise ValueError(token)\nBroken()",
            False,
        ),
    ],
)
def test_logs_and_tracebacks_tell_no_secret(code: str, failed: bool) -> None:
    done = run(code)
    assert (done.returncode != 0) is failed, done.stderr
    said = done.stdout + done.stderr
    assert said, "it said something"
    assert not hits(said.encode(), SECRET)
    if "missing" not in code:
        assert MARK in said


def test_an_error_of_a_command_tells_no_secret() -> None:
    code = """
from types import ModuleType
from cityreach import cli
from cityreach.cli.commands import COMMAND_PLACES
from operations.errors import Failed
def broken():
    raise Failed("cannot use " + token)
module = sys.modules["cityreach.cli.broken"] = ModuleType("broken")
module.broken = broken
COMMAND_PLACES["broken"] = ("broken", "broken")
sys.argv = ["cityreach", "broken"]
cli.main()
"""
    done = run(code)
    assert done.returncode == 1
    assert "cannot use" in done.stderr
    assert not hits(done.stderr.encode(), SECRET)


def test_there_is_no_memory_dump() -> None:
    done = run("print(resource.getrlimit(resource.RLIMIT_CORE)[0])")
    assert done.stdout.strip() == "0"


def test_a_servers_address_may_be_logged_but_for_its_password() -> None:
    code = """
import os
os.environ["CITYREACH_REDIS_URI"] = "redis://:p%40ss-word@127.0.0.1:6379/0"
uri = load_settings(None).redis_uri.get_secret_value()
logging.warning("lost %s", uri)
logging.warning("user says %s", "p@ss-word")
"""
    said = run(code).stderr
    assert "127.0.0.1:6379" in said
    assert "p%40ss" not in said
    assert "p@ss" not in said
