"""Settings: one door, unknown keys refused, secrets never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from cityreach.settings import load_settings
from model.platform import PLATFORMS
from operations.configuration.keys import SettingsError
from tests.shared import ROOT


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.zone == "Asia/Shanghai"
    assert settings.period("2025-05").cutoff.isoformat() == "2025-06-03T16:00:00+00:00"
    for name in PLATFORMS:
        assert settings.platform(name).api_url.startswith("https://")
        assert not settings.platform(name).has_credentials


def test_platforms_are_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_X__API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CITYREACH_X__TOKENS", '["one", "two"]')
    config = load_settings(None).platform("x")
    assert config.api_url == "http://127.0.0.1:1"
    assert [t.get_secret_value() for t in config.tokens] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CITYREACH_COLOUR", "blue", "CITYREACH_COLOUR: there is no such setting"),
        ("CITYREACH_X__COLOUR", "blue", "CITYREACH_X__COLOUR: there is no such setting"),
        ("CITYREACH_CUTOFF_DAYS", "soon", "CITYREACH_CUTOFF_DAYS: Input should be a valid number"),
        ("CITYREACH_CRAWLER__CREDIT", "0", "CITYREACH_CRAWLER__CREDIT: Input should be greater"),
        ("CITYREACH_SECRETS_DIR", "/nowhere/at/all", "is no directory"),
    ],
)
def test_a_wrong_setting_is_named(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=told):
        load_settings(None)


def test_secrets_show_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_X__TOKENS", '["hush-hush"]')
    monkeypatch.setenv("CITYREACH_REDIS_URI", "redis://:hush-hush@127.0.0.1")
    settings = load_settings(None)
    assert "hush-hush" not in repr(settings) + str(settings)
    monkeypatch.setenv("CITYREACH_X__TOKENS", "hush-hush, but no list")
    with pytest.raises(SettingsError, match="lists are written as JSON") as caught:
        load_settings(None)
    assert "hush-hush" not in str(caught.value)


def test_a_secrets_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cityreach_mongo_uri").write_text("mongodb://somewhere")
    monkeypatch.setenv("CITYREACH_SECRETS_DIR", str(tmp_path))
    uri = load_settings(None).mongo_uri
    assert uri is not None
    assert uri.get_secret_value() == "mongodb://somewhere"


def test_the_example_is_in_order() -> None:
    example = ROOT / ".env.example"
    assert load_settings(example).zone == "Asia/Shanghai"
    plain = example.read_text("utf-8").replace("# CITYREACH_", "CITYREACH_")
    filled = [line.split("=")[0] for line in plain.splitlines() if line.startswith("CITYREACH_")]
    for name in PLATFORMS:
        assert any(key.startswith(f"CITYREACH_{name.upper()}__") for key in filled)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("# 城市账号\nCITYREACH_CUTOFF_DAYS=5\n".encode("gbk"), 1),
        ("CITYREACH_CUTOFF_DAYS=5\n# 城市账号\n".encode("gbk"), 2),
        ("CITYREACH_CUTOFF_DAYS=5\n".encode("utf-16"), 1),
    ],
)
def test_a_file_in_another_encoding_is_named(content: bytes, line: int, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match=rf"\.env, line {line}: .*save it as UTF-8"):
        load_settings(tmp_path / ".env")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_keys_of_other_programs_are_left_alone(mark: str, tmp_path: Path) -> None:
    lines = f"{mark}TZ=Asia/Shanghai\nHTTP_PROXY=http://127.0.0.1:7890\nCITYREACH_CUTOFF_DAYS=5\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    assert load_settings(tmp_path / ".env").cutoff_days == 5


def test_the_first_key_counts_behind_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffCITYREACH_CUTOFF_DAYS=5\n", "utf-8")
    assert load_settings(tmp_path / ".env").cutoff_days == 5


@pytest.mark.parametrize("export", ["", "export "])
def test_a_wrong_key_of_a_file_is_named_with_the_nearest(export: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{export}CITYREACH_CUTOF_DAYS=5\n", "utf-8")
    with pytest.raises(
        SettingsError, match=r"\.env, line \d: CITYREACH_CUTOF_DAYS: .*CUTOFF_DAYS\)"
    ):
        load_settings(tmp_path / ".env")


@pytest.mark.parametrize("zone", ["Beijing", "GMT+8", "Asia/Beijing", "Asia/Shangai", "", "../etc"])
def test_a_zone_that_is_none_is_refused_by_name(zone: str) -> None:
    """As `17-zone` of the cases."""
    with pytest.raises(SettingsError) as caught:
        load_settings(None, zone=zone)
    said = str(caught.value)
    assert said.startswith("CITYREACH_ZONE: ")
    assert "expected an IANA name such as Asia/Shanghai" in said


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/Asuncion"])
def test_zones_are_taken(zone: str) -> None:
    assert load_settings(None, zone=zone).months.zone == zone
