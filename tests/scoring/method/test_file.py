"""Method files: what loads, and that every fault is told at once with line and code."""

from __future__ import annotations

from pathlib import Path

import pytest

import scoring
from model.period import Period
from tests.scoring.support import flat, method

CONTRACT = """
id = "example"
version = 1
source = "a report"
title = { zh = "例", en = "Example" }
ordered = true
[defaults]
direction = 1
treat = { kind = "none" }
normalise = { kind = "minmax", scale = [0, 100] }
combine = { kind = "arithmetic" }
availability = 0.0
missing = "renormalise"
[[indicator]]
code = "transmission"
parent = "index"
weight = 0.3
[[indicator]]
code = "search_volume"
parent = "transmission"
weight = 0.3
name = { zh = "国际搜索量", en = "International search volume" }
measure = "google_trends"
"""


def problems(text: str) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(scoring.MethodError) as caught:
        scoring.read_method(text, "some.toml")
    assert all(str(p) in str(caught.value) for p in caught.value.problems)
    assert "some.toml" in str(caught.value)
    return [(p.line, p.code, p.message) for p in caught.value.problems]


def test_the_contract_loads() -> None:
    model = scoring.read_method(CONTRACT)
    assert (model.id, model.version, model.title.zh, model.ordered) == ("example", 1, "例", True)
    leaf = model.node("search_volume")
    assert (leaf.measure, leaf.parent, leaf.weight) == ("google_trends", "transmission", 0.3)
    assert leaf.name.in_language("zh") == "国际搜索量"
    assert leaf.name.in_language("en") == "International search volume"
    assert [node.code for node in model.upwards] == ["search_volume", "transmission", "index"]
    assert model.node("transmission").measure is None


def test_the_root_may_be_stated_with_rules_of_its_own() -> None:
    body = '[[indicator]]\ncode = "index"\navailability = 0.5\nname = { en = "All" }\n'
    model = method(body + '[[indicator]]\ncode = "a"\nparent = "index"\n')
    assert model.node("index").availability == 0.5
    assert model.node("a").availability == 0.0
    assert model.node("index").name.zh == "All"


@pytest.mark.parametrize(
    "spec",
    [
        '"minmax", scale = [1, 10]',
        '"minmax", floor = 1',
        '"zscore", mean = 10, sd = 2',
        '"rank"',
        '"percentile_rank"',
        '"borda"',
        '"goalposts", low = 0, high = 5',
        '"distance_to_max"',
        '"distance_to_reference", unit = "u0"',
        '"fraction_of_max"',
        '"rating", max = 5',
        '"none"',
    ],
)
def test_every_normaliser_loads(spec: str) -> None:
    assert flat(["a"], defaults=f"normalise = {{ kind = {spec} }}").node("a").normalise.kind in spec


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("treat", '{ kind = "log1p" }'),
        ("treat", '{ kind = "winsorise", max = 5, skew = 2, kurt = 3.5 }'),
        ("treat", '{ kind = "boxcox" }'),
        ("treat", '{ kind = "boxcox", lambda = 0.5 }'),
        ("combine", '{ kind = "generalised", p = 0.5 }'),
        ("combine", '{ kind = "copeland" }'),
        ("impute", '{ kind = "group_median" }'),
        ("missing", '"zero"'),
        ("direction", "-1"),
    ],
)
def test_every_rule_loads(key: str, value: str) -> None:
    assert flat(["a"], defaults=f"{key} = {value}").node("a") != flat(["a"]).node("a")


def test_all_faults_at_once_with_line_and_code() -> None:
    text = """id = "x"
version = 1
colour = "red"
[defaults]
normalise = { kind = "minmx" }
[[indicator]]
code = "a"
parent = "index"
weight = "3"
[[indicator]]
code = "b"
parent = "c"
[[indicator]]
code = "c"
parent = "b"
measure = "foo"
[[indicator]]
code = "a"
parent = "nowhere"
normalise = { kind = "minmax", scale = [0, "1"] }
[[indicator]]
code = "d"
parent = "a"
weight = 0
measure = "facebook:shrares"
wieght = 2
"""
    found = problems(text)
    assert [(line, code) for line, code, _ in found] == [
        (3, None),
        (5, None),
        (9, "a"),
        (12, "b"),
        (16, "c"),
        (18, "a"),
        (19, "a"),
        (20, "a"),
        (24, "a"),
        (25, "d"),
        (26, "d"),
    ]
    words = [
        "unknown key 'colour'",
        "minmx",
        "'weight'",
        "b -> c -> b",
        "only a leaf may have a measure",
        "duplicate code, first used on line 6",
        "'nowhere' is not in the tree",
        "'normalise.scale.1'",
        "sum to 0",
        "unknown measure 'facebook:shrares'",
        "unknown key 'wieght'",
    ]
    for word, (_, _, message) in zip(words, found, strict=True):
        assert word in message


@pytest.mark.parametrize(
    ("body", "line", "word"),
    [
        ('[[indicator]]\ncode = "a"', 2, "no parent"),
        ('[[indicator]]\ncode = "index"\nparent = "index"', 3, "the root has no parent"),
        ("", None, "'indicator' is required"),
        ('[[indicator]]\ncode = "rank"\nparent = "index"', 2, "cannot be an indicator's code"),
        ('[[indicator]]\ncode = "a,b"\nparent = "index"', 2, "no comma"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\nweight = -1', 4, "'weight'"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\nweight = nan', 4, "'weight'"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\navailability = 2', 4, "'availability'"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\nmissing = "drop"', 4, "'missing'"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\ndirection = 0', 4, "'direction'"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\ntreat = {}', 4, "a table with a kind"),
        ('[[indicator]]\ncode = "a"\nparent = "index"\nmeasure = "orkut:likes"', 4, "no platform"),
        (
            '[[indicator]]\ncode = "a"\nparent = "index"\n'
            'normalise = { kind = "goalposts", low = 5, high = 5 }',
            4,
            "low must be below high",
        ),
        (
            '[[indicator]]\ncode = "a"\nparent = "index"\n'
            'normalise = { kind = "minmax", scale = [5, 5] }',
            4,
            "first number must be below",
        ),
    ],
)
def test_single_faults(body: str, line: int | None, word: str) -> None:
    found = problems(f'id = "x"\n{body}\n')
    assert any(word in message and (line is None or at == line + 1) for at, _, message in found), (
        found
    )


def test_a_circle_is_told_once_and_the_lost_root_too() -> None:
    body = "".join(f'[[indicator]]\ncode = "{a}"\nparent = "{b}"\n' for a, b in ["ab", "bc", "ca"])
    found = problems(f'id = "x"\n{body}')
    assert [m for _, _, m in found if "circle" in m] == [
        "its parents run in a circle: a -> b -> c -> a"
    ]
    assert any("no indicator has the root" in m for _, _, m in found)


def test_broken_toml_names_the_line() -> None:
    (found,) = problems('id = "x"\nversion = = 1\n')
    assert found[0] == 2
    assert "not valid TOML" in found[2]


def test_inline_tables_have_lines_too() -> None:
    text = 'id = "x"\nindicator = [\n  { code = "a", parent = "index" },\n'
    text += '  { code = "b", parent = "index", weigth = 2 },\n]\n'
    assert problems(text) == [(4, "b", "unknown key 'weigth'")]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(scoring.MethodError, match="cannot be read"):
        scoring.load_method(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("id = 'ä'".encode("latin-1"))
    with pytest.raises(scoring.MethodError, match="not UTF-8"):
        scoring.load_method(tmp_path / "latin.toml")
    with pytest.raises(scoring.UnknownName, match="network-image-2025"):
        scoring.load_method("no-such-method")


def test_a_file_loads_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(CONTRACT, "utf-8")
    assert scoring.load_method(path) == scoring.load_method(str(path))


def test_the_shipped_methods() -> None:
    shipped = {model.id: model for model in scoring.methods()}
    assert sorted(shipped) == scoring.method_ids()
    assert list(shipped) == ["comm-power-100", "giu", "influence-2020", "network-image-2025"]
    for model in shipped.values():
        assert model.version >= 1
        assert model.source
        assert all(node.name.zh and node.name.en for node in model.nodes)
    assert not shipped["comm-power-100"].ordered
    assert len({model.hash for model in shipped.values()}) == 4


def test_the_hash_follows_the_content_and_not_the_layout() -> None:
    model = scoring.read_method(CONTRACT)
    assert scoring.read_method("# a remark\n" + CONTRACT).hash == model.hash
    changed = CONTRACT.replace("weight = 0.3\nname", "weight = 0.4\nname")
    assert scoring.read_method(changed).hash != model.hash
    assert model.with_weights({"search_volume": 0.4}).hash == scoring.read_method(changed).hash


def test_unknown_codes() -> None:
    model = scoring.read_method(CONTRACT)
    with pytest.raises(scoring.UnknownName, match="search_volume"):
        model.node("seach_volume")
    with pytest.raises(scoring.UnknownName):
        model.with_weights({"nothing": 1.0})


def test_presets_by_month() -> None:
    body = (
        '[[indicator]]\ncode = "a"\nparent = "index"\n[[indicator]]\ncode = "b"\nparent = "index"\n'
    )
    for since, weight in (("2024-01", 2), ("2025-01", 5)):
        body += f'[[preset]]\nid = "default"\nsince = "{since}"\nweights = {{ a = {weight} }}\n'
    body += '[[preset]]\nid = "users"\nexponents = { users = 1, activity = 0, relevance = 0 }\n'
    body += "[preset.figures]\na = { users = 3, activity = 9, relevance = 9 }\n"
    body += "b = { users = 1, activity = 9, relevance = 9 }\n"
    model = method(body)
    weights = [
        model.for_period(Period.month(p)).node("a").weight
        for p in ("2023-12", "2024-05", "2025-01")
    ]
    assert weights == [1.0, 2.0, 5.0]
    assert model.for_period(Period.month("2025-01"), preset="users").node("a").weight == 0.75
    with pytest.raises(scoring.UnknownName, match="default since 2024-01"):
        model.preset("default", Period.month("2023-12"))
    with pytest.raises(scoring.UnknownName, match="users"):
        model.preset("none")


def test_presets_are_checked() -> None:
    body = '[[indicator]]\ncode = "a"\nparent = "index"\n[[preset]]\nid = "p"\n'
    assert "either weights or figures" in problems('id = "x"\n' + body)[0][2]
    found = problems('id = "x"\n' + body + "weights = { zz = 1 }\n")
    assert "'zz' is not an indicator" in found[0][2]
