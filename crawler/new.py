"""`python -m crawler.new NAME`: the files of a further platform, written into this checkout.

They are a platform that works: a made-up API and public pages of the sandbox, which the crawler
reads. Lint, types, import directions and the tests of the rules and documents pass as it is; what
is made up is then replaced by what the real platform's documents say. Either all is written or
nothing; git shows what.
"""

from __future__ import annotations

import argparse
import keyword
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from model.platforms import FACTS, PLATFORMS, platform_named

_ROOT = Path(__file__).resolve().parents[1]
_SKELETON = Path(__file__).with_name("skeleton")
_NAME = re.compile(r"[a-z][a-z0-9]{1,15}")
_TITLE = re.compile(r"[^\s\"'\\|{}<>`](?:[^\t-\r\"'\\|{}<>`]{0,18}[^\s\"'\\|{}<>`])?")
_REGISTER = Path("model/platforms/__init__.py")
_CONTRACTS = Path("pyproject.toml")
_MODULE_LINE = re.compile(r'^  "crawler\.platforms\.\w+",\n', re.M)
_FOLDERS = {
    "crawler": "crawler/platforms/{}",
    "sandbox": "sandbox/{}",
    "tests": "tests/crawler/platforms/{}",
}
_FACTS_FILE = "model/platforms/{}.py"
_TEST_FILE = "test_sandbox.py"
_NOTES = ("deploy.reference", "deploy.scale", "tests.crawler.platforms.mapper_outputs")
"""Programs that write down what the checkout has: settings, scale, how fixtures are read."""
_WRITTEN_BY_NOTES = (
    Path("docs/reference.md"),
    Path("docs/reference.zh.md"),
    Path("docs/scale.md"),
    Path("docs/scale.zh.md"),
    Path("tests/crawler/platforms/mapper_outputs.json"),
)
_CRAWLERS = Path("deploy/kubernetes/crawl.yaml")
_NETWORK = Path("deploy/kubernetes/network.yaml")
_EXAMPLE = Path(".env.example")
_EXPIRY = "# When the first token of a platform expires"
_EXIT_USAGE = 2
_Texts = dict[Path, str]
"""Texts of files by their paths in the checkout."""


class NewPlatformRefused(Exception):
    """Why nothing was written, for people, with what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlatform:
    """What a new platform is called."""

    name: str
    """In code, settings and tables: `weibo`."""
    en: str
    zh: str
    """For people, in both languages."""

    @property
    def words(self) -> Mapping[str, str]:
        """What the skeleton's files are filled in with."""
        return {
            "name": self.name,
            "upper": self.name.upper(),
            "cls": self.name.capitalize(),
            "en": self.en,
            "zh": self.zh,
            "host": f"{self.name}.example",
        }

    @property
    def places(self) -> list[Path]:
        """Its own folders and its file of facts."""
        own = (*_FOLDERS.values(), _FACTS_FILE)
        return [Path(place.format(self.name)) for place in own]


def add_platform(new: NewPlatform, root: Path) -> list[Path]:
    """Writes all; the paths of what is new or changed. Raises NewPlatformRefused."""
    _refuse(new, root)
    words = {**new.words, "noted": _noted(root)}
    own = _tidied(_own_files(words), root)
    changed = _changed(words, root)
    with _undone_on_failure(new, [*changed, *_WRITTEN_BY_NOTES], root):
        for path, text in {**own, **changed}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
        for module in _NOTES:
            _run([sys.executable, "-m", module], root)
    return [*own, *changed, *_WRITTEN_BY_NOTES]


def _refuse(new: NewPlatform, root: Path) -> None:
    """Raises NewPlatformRefused for a name that cannot be used here."""
    name = new.name
    for called in (name, new.en, new.zh):
        known = platform_named(called)
        if known is not None:
            raise NewPlatformRefused(
                f"{called} is a platform already: {known} ({FACTS[known].en}), see"
                f" {_FACTS_FILE.format(known)}; choose another name"
            )
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NewPlatformRefused(
            f"{name!r} is no name for a platform: expected 2 to 16 lower-case letters and"
            " digits, a letter first, such as `weibo`"
        )
    for title in (new.en, new.zh):
        if not _TITLE.fullmatch(title):
            raise NewPlatformRefused(
                f"{title!r} is no title: expected 1 to 20 characters without quotes, angle"
                " brackets, braces, bars, backslashes and line breaks"
            )
    _refuse_elsewhere(root)
    _refuse_taken(new, root)


def _refuse_elsewhere(root: Path) -> None:
    needed = (_REGISTER, _CONTRACTS, *(Path(place.format("")) for place in _FOLDERS.values()))
    if not (root / ".git").exists() or not all((root / path).exists() for path in needed):
        raise NewPlatformRefused(
            f"{root} is no checkout of CityReach: clone the repository, `make .venv/.dev`, and run"
            " `.venv/bin/python -m crawler.new` there"
        )
    for module in ("ruff", "jinja2"):
        if find_spec(module) is None:
            raise NewPlatformRefused(
                f"{module} is not installed here: `make .venv/.dev`, then"
                " `.venv/bin/python -m crawler.new`"
            )


def _refuse_taken(new: NewPlatform, root: Path) -> None:
    """Names that files, folders or settings have, committed or not."""
    said = _run(["git", "status", "--porcelain", "--", *map(str, new.places)], root)
    if said.strip():
        found = ", ".join(line[3:] for line in said.splitlines())
        raise NewPlatformRefused(
            f"not committed: {found}; commit, move or remove what is called {new.name} first"
        )
    for place in new.places:
        for taken in (place.with_suffix(""), place.with_suffix(".py")):
            if (root / taken).exists():
                raise NewPlatformRefused(f"{taken} is there already; choose another name")
    setting = rf"`CITYREACH_{new.name.upper()}(?:__\w+)?`"
    if re.search(setting, (root / "docs/reference.md").read_text("utf-8")):
        raise NewPlatformRefused(
            f"CITYREACH_{new.name.upper()} is a setting already, and a platform's name is the"
            " name of its settings; choose another one"
        )


def _own_files(words: Mapping[str, str]) -> _Texts:
    """The new files, filled in."""
    name = words["name"]
    found = {Path(_FACTS_FILE.format(name)): _filled("model/facts.py.jinja", words)}
    for part, folder in _FOLDERS.items():
        for source in sorted((_SKELETON / part).rglob("*.jinja")):
            inner = source.relative_to(_SKELETON / part).with_suffix("")
            if inner.name == _TEST_FILE:
                inner = inner.with_name(f"test_{name}_sandbox.py")
            template = str(source.relative_to(_SKELETON))
            found[Path(folder.format(name)) / inner] = _filled(template, words)
    return found


def _filled(template: str, words: Mapping[str, str]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701  (Python and JSON; the titles hold no quotes)
        loader=FileSystemLoader(_SKELETON), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(template).render(words)


def _tidied(texts: _Texts, root: Path) -> _Texts:
    """Imports in order and lines broken, both of which depend on the name."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in texts.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, "utf-8")
        ruff = [sys.executable, "-m", "ruff"]
        options = ["--quiet", "--no-cache", "--config", str(root / _CONTRACTS), folder]
        _run([*ruff, "check", "--fix", "--select", "I", *options], root)
        _run([*ruff, "format", *options], root)
        return {path: (Path(folder) / path).read_text("utf-8") for path in texts}


def _changed(words: Mapping[str, str], root: Path) -> _Texts:
    """Files that name every platform, with one more. Raises NewPlatformRefused."""
    name, last = words["name"], PLATFORMS[-1]
    register = (root / _REGISTER).read_text("utf-8")
    contracts = (root / _CONTRACTS).read_text("utf-8")
    module = [match.end() for match in _MODULE_LINE.finditer(contracts)]
    line = f'    "{last}",\n'
    if line not in register or not module:
        raise NewPlatformRefused(f"{_REGISTER} or {_CONTRACTS} does not name {last} as expected")
    found = {
        _REGISTER: register.replace(line, f'{line}    "{name}",\n'),
        _CONTRACTS: f'{contracts[: module[-1]]}  "crawler.platforms.{name}",\n'
        f"{contracts[module[-1] :]}",
    }
    found |= _deployed(name, last, root)
    found[_EXAMPLE] = _with_example((root / _EXAMPLE).read_text("utf-8"), words)
    for row in tomllib.loads(_filled("rows.toml.jinja", words))["row"]:
        text = (root / row["file"]).read_text("utf-8")
        title = FACTS[last].name(row["title"])
        found[Path(row["file"])] = _with_rows(text, title, row["text"], row["file"])
    return found


def _deployed(name: str, last: str, root: Path) -> _Texts:
    """The manifests with crawlers of one more platform, as those of the last one."""
    crawlers = (root / _CRAWLERS).read_text("utf-8")
    of_last = [part for part in crawlers.split("---\n") if f"cityreach-crawl-{last}\n" in part]
    if not of_last or not crawlers.endswith(of_last[-1]):
        raise NewPlatformRefused(f"{_CRAWLERS} does not end with what {last} has")
    more = (re.sub(rf"\b{last}\b", name, part) for part in of_last)
    parts = [part.rstrip() for part in (crawlers, *more)]
    network = (root / _NETWORK).read_text("utf-8")
    return {
        _CRAWLERS: "\n---\n".join(parts) + "\n",
        _NETWORK: network.replace(f"crawl-{last},", f"crawl-{last}, crawl-{name},"),
    }


def _with_example(text: str, words: Mapping[str, str]) -> str:
    """The example of the settings with its tokens."""
    before, mark, after = text.partition(_EXPIRY)
    if not mark:
        raise NewPlatformRefused(f"{_EXAMPLE} has no line {_EXPIRY!r} to stand before")
    key = f"CITYREACH_{words['upper']}__TOKENS"
    own = f'# {words["en"]}: tokens of its API (JSON list).\n# {key}=["..."]\n\n'
    return f"{before}{own}{mark}{after}"


def _noted(root: Path) -> str:
    """The day of the last commit, as the day on which what is made up was noted."""
    day = _run(["git", "log", "-1", "--format=%cs"], root).strip().split("-")
    return f"date({', '.join(str(int(part)) for part in day)})"


def _with_rows(text: str, title: str, rows: list[str], file: str) -> str:
    """A document with further rows below the last one of a platform."""
    lines = text.splitlines(keepends=True)
    places = [n for n, line in enumerate(lines) if line.lstrip().startswith(f"| {title} |")]
    if not places:
        raise NewPlatformRefused(f"{file} has no row of {title} to stand below")
    before = lines[places[-1]]
    indent = before[: len(before) - len(before.lstrip())]
    lines[places[-1] + 1 : places[-1] + 1] = [f"{indent}{row}\n" for row in rows]
    return "".join(lines)


@contextmanager
def _undone_on_failure(new: NewPlatform, changed: list[Path], root: Path) -> Iterator[None]:
    """Whatever ends the work early, the checkout is as it was."""
    before = {path: (root / path).read_bytes() for path in changed}
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            for place in new.places:
                shutil.rmtree(root / place, ignore_errors=True)
                (root / place).unlink(missing_ok=True)
            for path, content in before.items():
                (root / path).write_bytes(content)


def _run(command: list[str], root: Path) -> str:
    """What a program prints. Raises NewPlatformRefused with what it says if it fails."""
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NewPlatformRefused(f"{command[0]} is not installed") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise NewPlatformRefused(f"`{' '.join(command)}` failed, nothing was written: {said}")
    return done.stdout


def _arguments(given: list[str] | None) -> NewPlatform:
    parser = argparse.ArgumentParser(prog="python -m crawler.new", description=__doc__)
    parser.add_argument("name", help="in code and settings: lower-case letters, such as weibo")
    parser.add_argument("--en", metavar="TITLE", help="for people, in English (default: the name)")
    parser.add_argument("--zh", metavar="TITLE", help="for people, in Chinese (default: as --en)")
    told = parser.parse_args(given)
    en = told.en or told.name.capitalize()
    return NewPlatform(name=told.name, en=en, zh=told.zh or en)


def run_generator(given: list[str] | None = None, root: Path = _ROOT) -> int:
    """0, or 2 with a sentence that says why nothing was written."""
    new = _arguments(given)
    try:
        written = add_platform(new, root)
    except NewPlatformRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return _EXIT_USAGE
    sys.stdout.write("".join(f"{path}\n" for path in written))
    sys.stdout.write(
        f"{new.en} works against the sandbox. Now replace what is made up, beginning with"
        f" {_FACTS_FILE.format(new.name)} and the fixtures; CONTRIBUTING.md says what is where.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_generator())
