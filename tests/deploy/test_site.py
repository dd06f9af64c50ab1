"""The documentation as a site: all pages listed, the reference as the code, the tutorial run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.reference import every_command, reference
from tests.cityreach.demo_process import SMALL, environment
from tests.shared import ROOT

DOCS = ROOT / "docs"
WORKING = ("tutorial", "extending", "first-month")
PAGES = [(DOCS / f"{name}.md", DOCS / f"{name}.zh.md") for name in WORKING]
"""Pages whose shell blocks work as they stand, one after the other beside the tutorial's demo."""


EVERYWHERE = ("--help", "--lang")
"""Options of every command."""


def blocks(path: Path) -> list[str]:
    """The shell blocks of a page."""
    return re.findall(r"```sh\n(.*?)```", path.read_text("utf-8"), re.S)


def pages(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    inner = node.values() if isinstance(node, dict) else node
    return [page for one in inner for page in pages(one)]


def test_every_page_is_in_the_site() -> None:
    listed = pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    english = [p for p in DOCS.rglob("*.md") if not p.name.endswith(".zh.md")]
    assert sorted(listed) == sorted(str(path.relative_to(DOCS)) for path in english)


@pytest.mark.parametrize(("lang", "name"), [("en", "reference.md"), ("zh", "reference.zh.md")])
def test_the_reference_is_that_of_the_code(lang: str, name: str) -> None:
    made = "run `python -m deploy.reference` after a change of commands, settings, alerts, metrics"
    assert (DOCS / name).read_text("utf-8") == reference(lang), made


@pytest.mark.parametrize(("page", "twin"), PAGES, ids=lambda path: path.name)
def test_blocks_are_the_same_in_both_languages(page: Path, twin: Path) -> None:
    assert blocks(page) == blocks(twin)
    assert len(blocks(page)) > 3


def test_blocks_use_options_that_exist() -> None:
    """In all documents, also where a block is no example to be executed."""
    known = dict(every_command())
    files = [*DOCS.rglob("*.md"), *ROOT.glob("README*.md")]
    fenced = r"^ *```(?:sh|text|console)?\n(.*?)^ *```"
    texts = [re.findall(fenced, path.read_text("utf-8"), re.S | re.M) for path in files]
    wrong = set()
    for line in "".join(block for found in texts for block in found).splitlines():
        words = shlex.split(line.partition(" #")[0]) if " cityreach " in f" {line}" else []
        if "cityreach" not in words:
            continue
        words = words[words.index("cityreach") :]
        name = " ".join(words[1:3]) if " ".join(words[1:3]) in known else words[1]
        options = {opt for one in known[name].params for opt in (*one.opts, *one.secondary_opts)}
        wrong |= {
            (name, word)
            for word in words
            if word.startswith("--") and word.partition("=")[0] not in {*options, *EVERYWHERE}
        }
    assert wrong == set()


COLLECTION = re.compile(r"`([a-z_]+)`")


@pytest.mark.parametrize("name", ["responsible-use.md", "responsible-use.zh.md"])
def test_what_is_said_to_be_stored_has_its_collection(name: str) -> None:
    text = (DOCS / name).read_text("utf-8")
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", text, re.M)
    told = {found for row in rows for found in COLLECTION.findall(row)}
    packages = (ROOT / package for package in ("store", "portal"))
    sources = "".join(path.read_text("utf-8") for one in packages for path in one.rglob("*.py"))
    assert len(told) > 15
    assert {one for one in told if f'"{one}"' not in sources} == set()


ALERT_PAGES = ("alerts.md", "alerts.zh.md")


@pytest.mark.parametrize("name", ALERT_PAGES)
def test_what_to_do_is_said_of_every_alert(name: str) -> None:
    """Of those that CityReach sends, and of those of Prometheus."""
    text = (DOCS / name).read_text("utf-8")
    rules = tomllib.loads((ROOT / "portal" / "alerts" / "rules.toml").read_text("utf-8"))["rule"]
    own = set(re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| [^|]{15,} \|$", text, re.M))
    assert {rule["id"] for rule in rules} - own == set()
    groups = yaml.safe_load((ROOT / "deploy/monitoring/alerts.yml").read_text("utf-8"))["groups"]
    alerts = {one["alert"] for group in groups for one in group["rules"]}
    assert set(re.findall(r"`(CityReach\w+)`", text)) == alerts


def test_links_of_pages_lead_into_the_site_or_to_the_repository() -> None:
    from deploy.docs_links import on_page_markdown

    class File:
        src_uri = "architecture.zh.md"

    class Page:
        file = File

    text = "[a](../CONTRIBUTING.zh.md) [b](scale.zh.md#constants) [c](path.svg)"
    told = on_page_markdown(text, config={"repo_url": "https://r"}, page=Page)
    above = "[a](https://r/blob/main/CONTRIBUTING.zh.md)"
    assert told == f"{above} [b](scale.md#constants) [c](path.svg)"


@pytest.mark.servers
def test_a_method_of_ones_own_works_as_written(tmp_path: Path) -> None:
    """The one block of the page that needs no servers; the others are among the long tests."""
    (block,) = (one for one in blocks(DOCS / "extending.md") if "cityreach index" in one)
    done = shell(block, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "beijing" in done.stdout


def shell(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What bash does with it, stopping at the first command that fails."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**environment(folder / "var"), "PATH": path, **more}
    command = ["bash", "-euc", script]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=3600
    )


@pytest.mark.long
@pytest.mark.servers
def test_all_blocks_work_as_written(tmp_path: Path) -> None:
    """Block by block in one shell; the demo is ended with it."""
    written = [block for page, _ in PAGES for block in blocks(page)]
    script = "trap 'kill %1; wait' EXIT\n" + "".join(written)
    done = shell(script, tmp_path, WORLD=str(SMALL))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (tmp_path / "issue.zip").is_file()
    assert "frozen" in done.stdout
