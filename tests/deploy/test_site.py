"""The documentation as a site: all pages listed, the reference as the code, the tutorial run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from deploy.reference import every_command, reference
from tests.cityreach.demo_process import SMALL, environment
from tests.shared import ROOT

DOCS = ROOT / "docs"
TUTORIALS = [DOCS / "tutorial.md", DOCS / "tutorial.zh.md"]


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


def test_the_tutorial_is_the_same_in_both_languages() -> None:
    one, other = (blocks(path) for path in TUTORIALS)
    assert one == other
    assert len(one) > 5


def test_the_tutorial_uses_options_that_exist() -> None:
    known = dict(every_command())
    lines = "".join(blocks(TUTORIALS[0])).splitlines()
    for words in (shlex.split(line) for line in lines if line.startswith("cityreach")):
        name = " ".join(words[1:3]) if " ".join(words[1:3]) in known else words[1]
        shown = CliRunner().invoke(known[name], ["--help"]).output
        assert [w for w in words if w.startswith("--") and w not in shown] == [], name


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


@pytest.mark.long
@pytest.mark.servers
def test_the_tutorial_works_as_written(tmp_path: Path) -> None:
    """Block by block in one shell; the demo is ended with it."""
    script = "set -eu\ntrap 'kill %1; wait' EXIT\n" + "".join(blocks(TUTORIALS[0]))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**environment(tmp_path / "var"), "PATH": path, "WORLD": str(SMALL)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (tmp_path / "issue.zip").is_file()
    assert "frozen" in done.stdout
