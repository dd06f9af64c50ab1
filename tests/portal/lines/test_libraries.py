"""What libraries and the system say of a file, in Chinese: their own words, as they are raised."""

from __future__ import annotations

import io
import os
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pydantic
import pytest

from portal.lines import chinese_line
from tests.portal.lines.test_filled import words


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    a: int


class Settings(pydantic.BaseModel, extra="forbid"):
    count: int = pydantic.Field(1, ge=1, lt=9)
    ratio: float = 0.5
    names: list[str] = []
    on: bool = True


JSON = [
    *(b'{"a":', b"{a", b"", b'{"a":1}x', b'{"a" 1}', b"nul", b'"\\q"', b"1e999", b"[1,]"),
    *(b'"\x01"', b"-", b"\x00", b'{"a":1,}', b'{"a":1 "b"}', b"[1 2]", b'"\xff"', b'"\xe4\xbd"'),
]
TOML = [
    *("a = ", "a b", "a = [1,", "[a", "[[a", "a=1\na=2", 'a = "x', "a = 'x", "=1", "a = nope"),
    *("a = 1 b", "a = {b=1", "[a]\n[a]", "a.b=1\na=2", 'a="\\q"', "a={b=1,b=2}", "a='\x01'"),
]
SETTINGS = [
    *({"count": "many"}, {"count": 0}, {"count": 9}, {"count": 1.5}, {"count": []}),
    *({"ratio": "x"}, {"ratio": []}, {"names": "x"}, {"names": [1]}, {"on": "perhaps"}, {"no": 1}),
]


def raised(read: Callable[[], object]) -> str:
    try:
        read()
    except pydantic.ValidationError as error:
        return "\n".join(fault["msg"] for fault in error.errors())
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        return str(error)
    raise AssertionError("nothing was refused")


def assert_chinese(said: str) -> None:
    plain = chinese_line(said)
    for code in ("int", "str", "utf-8", "object", "array", "true", "false", "zip"):
        plain = plain.replace(code, "")
    assert words(plain) == set(), said


@pytest.mark.parametrize("text", JSON)
def test_json(text: bytes) -> None:
    assert_chinese(raised(lambda: msgspec.json.decode(text)))


@pytest.mark.parametrize("text", [b"{}", b'{"a":"x"}', b"[]", b'{"a":1,"b":2}'])
def test_json_of_another_shape(text: bytes) -> None:
    assert_chinese(raised(lambda: msgspec.json.decode(text, type=Wanted)))


@pytest.mark.parametrize("text", TOML)
def test_toml(text: str) -> None:
    assert_chinese(raised(lambda: tomllib.loads(text)))


@pytest.mark.parametrize("given", SETTINGS)
def test_settings(given: dict[str, object]) -> None:
    said = raised(lambda: Settings.model_validate(given))
    assert_chinese(said)
    assert_chinese(said[:1].lower() + said[1:])


def test_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none", tmp_path, tmp_path / "file" / "in", tmp_path / ("x" * 300)):
        said = raised(path.read_bytes)
        assert_chinese(said.replace(str(path), "7"))
    assert_chinese(raised(lambda: zipfile.ZipFile(io.BytesIO(b"none"))))
    for code in (1, 5, 13, 17, 24, 28, 30, 98, 101, 104, 111, 113, 122):
        assert_chinese(os.strerror(code))
