from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.servers import Servers, masked, password_in


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("mongodb://u:pw@h1:1,h2:2/db?x=1", "mongodb://u:***@h1:1,h2:2/db?x=1"),
        ("mongodb+srv://u:p%40w@h/", "mongodb+srv://u:***@h/"),
        ("redis://:pw@127.0.0.1:6379/0", "redis://:***@127.0.0.1:6379/0"),
        ("rediss://u:p:w@h", "rediss://u:***@h"),
        ("unix:///run/s.sock?db=0&password=pw", "unix:///run/s.sock?db=0&password=***"),
        ("mongodb://h/?proxyPassword=pw&a=b", "mongodb://h/?proxyPassword=***&a=b"),
        ("redis://user@h:1", "redis://user@h:1"),
        ("mongodb://h/?a=b", "mongodb://h/?a=b"),
        ("mongodb://h:1/?a=b", "mongodb://h:1/?a=b"),
        ("mongodb://user:p@ss/word@127.0.0.1:1/", "mongodb://user:***@127.0.0.1:1/"),
        ("redis://:s3cr@t/x@127.0.0.1:1/0", "redis://:***@127.0.0.1:1/0"),
        ("mongodb://u:p?w#x@h/db?x=1", "mongodb://u:***@h/db?x=1"),
        ("redis://u:a b\nc@h", "redis://u:***@h"),
        (
            "redis+sentinel://u:pw@h1,h2:1/q?sentinel_password=pw2&sentinel_username=s",
            "redis+sentinel://u:***@h1,h2:1/q?sentinel_password=***&sentinel_username=s",
        ),
    ],
)
def test_only_the_password_is_hidden(uri: str, shown: str) -> None:
    assert masked(uri) == shown


def test_the_servers_show_no_password() -> None:
    servers = Servers("mongodb://u:topsecret@h/", "redis://:topsecret@h")
    assert "topsecret" not in f"{servers} {servers!r}"
    assert "mongodb://u:***@h/" in repr(servers)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.~%!$&'()*+,;=:@/?#[]", min_size=1))
def test_no_password_shows(password: str) -> None:
    uri = f"redis://user:{password}@host:6379/0"
    assert masked(uri) == "redis://user:***@host:6379/0"
    assert password_in(uri) == password
