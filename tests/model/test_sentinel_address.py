"""Addresses that name Sentinels: what they say, and what is said of those that say nothing."""

from __future__ import annotations

import pytest

from model.network.sentinels import SentinelAddress, SentinelAddressError, sentinel_address


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (
            "redis+sentinel://h1,h2,h3/queue",
            SentinelAddress((("h1", 26379), ("h2", 26379), ("h3", 26379)), "queue"),
        ),
        (
            "rediss+sentinel://u:p%40w@[fd00::1]:1,10.0.0.2:2/queue/9?sentinel_username=s"
            "&sentinel_password=t%26u&ssl_ca_certs=/etc/ca.pem",
            SentinelAddress(
                (("fd00::1", 1), ("10.0.0.2", 2)),
                "queue",
                9,
                "u",
                "p@w",
                "s",
                "t&u",
                True,
                "/etc/ca.pem",
            ),
        ),
        (
            "Redis+Sentinel://:pw@h/a-b_c.d/",
            SentinelAddress((("h", 26379),), "a-b_c.d", password="pw"),
        ),
    ],
)
def test_what_an_address_says(uri: str, expected: SentinelAddress) -> None:
    assert sentinel_address(uri) == expected


@pytest.mark.parametrize("uri", ["redis://h:1/0", "unix:///s.sock", "mongodb+srv://h/", "", "junk"])
def test_other_addresses_are_left_alone(uri: str) -> None:
    assert sentinel_address(uri) is None


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("redis+sentinel://h1,h2", "the name is missing under which the Sentinels watch"),
        ("redis+sentinel://h1,h2/", "the name is missing"),
        ("redis+sentinel://h1/a b", "'a b' is no name"),
        ("redis+sentinel:///queue", "host '' of a Sentinel cannot be read"),
        ("redis+sentinel://h1,,h2/queue", "host '' of a Sentinel"),
        ("redis+sentinel://h1;h2/queue", "host 'h1;h2' of a Sentinel"),
        ("redis+sentinel://h1:port/queue", "host 'h1:port' of a Sentinel"),
        ("redis+sentinel://h1:70000/queue", "port 70000 of Sentinel h1: expected 1 to 65535"),
        ("redis+sentinel://h1/queue/x", "database 'x': expected a number"),
        ("redis+sentinel://h1/queue?db=1", "option 'db' is not known; there are sentinel_username"),
        ("http+sentinel://h1/queue", "expected redis+sentinel://[USER:PASSWORD@]HOST"),
        ("redis+sentinel://u:s3cret@h1", "the name is missing"),
        ("redis+cluster://h1,h2", "is one of a cluster"),
    ],
)
def test_what_cannot_be_read_is_told(uri: str, words: str) -> None:
    with pytest.raises(SentinelAddressError) as error:
        sentinel_address(uri)
    assert words in str(error.value)
    assert "s3cret" not in str(error.value)


def test_passwords_do_not_show() -> None:
    found = sentinel_address("redis+sentinel://u:s3cret@h/q?sentinel_password=s3cret")
    assert "s3cret" not in repr(found)
