"""Lines of keys in TOML texts."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scoring.method.toml_lines import Path, line_numbers

TEXT = '''# a remark = 1
id = "a # b ] }"  # "quoted" = 2
"odd key" = 'x'
long = """
[[indicator]]
code = "no"
"""
literal = \'\'\'
[no]\'\'\'
list = [ 1, [2,
  3], { a = 1, b.c = 2 } ]
when = 2025-05-01T00:00:00Z

[one.two]
three = -1.5e3
[[item]]
name = "first"
[item.sub]
deep = true
[[item]]
[[item.more]]
x = {}
'''


def test_lines_of_everything() -> None:
    tomllib.loads(TEXT)
    lines = line_numbers(TEXT)
    expected: dict[Path, int] = {
        ("id",): 2,
        ("odd key",): 3,
        ("long",): 4,
        ("literal",): 8,
        ("list",): 10,
        ("list", 0): 10,
        ("list", 1): 10,
        ("list", 1, 1): 11,
        ("list", 2): 11,
        ("list", 2, "a"): 11,
        ("list", 2, "b", "c"): 11,
        ("when",): 12,
        ("one", "two"): 14,
        ("one", "two", "three"): 15,
        ("item", 0): 16,
        ("item", 0, "name"): 17,
        ("item", 0, "sub", "deep"): 19,
        ("item", 1): 20,
        ("item", 1, "more", 0): 21,
        ("item", 1, "more", 0, "x"): 22,
    }
    assert {path: lines.get(path) for path in expected} == expected
    assert ("indicator", 0) not in lines


def paths(value: Any, at: Path = ()) -> set[Path]:
    found = {at} if at else set()
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for step, inner in items:
        found |= paths(inner, (*at, step))
    return found


KEYS = st.text("abc_-", min_size=1, max_size=3)
SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(['"a\\"]"', "'#{'", '"""x\n[y]\n"""', "true", "1979-05-27"]),
)


@given(st.dictionaries(KEYS, st.lists(st.dictionaries(KEYS, SCALARS, max_size=3), max_size=3)))
def test_every_value_has_a_line(content: dict[str, list[dict[str, str]]]) -> None:
    text = ""
    for key, rows in content.items():
        inner = ", ".join("{" + ", ".join(f"{k} = {v}" for k, v in r.items()) + "}" for r in rows)
        text += f"\n{key} = [ {inner} ] # end\n"
    assert set(line_numbers(text)) == paths(tomllib.loads(text))
