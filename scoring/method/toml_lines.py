"""Where in a TOML text each key and array element stands, so that faults can name their line.

`tomllib` gives values without positions. This scanner reads a text that `tomllib` has already
accepted (TOML 1.0), so it looks for structure alone and never judges values.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_STRINGS = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def line_numbers(text: str) -> dict[Path, int]:
    """1-based lines by path: `("indicator", 3, "weight")` is the key of the fourth indicator."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self.lines: dict[Path, int] = {}
        self.counted: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip()
        return self.lines

    def skip(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def mark(self, path: Path) -> None:
        line = bisect_right(self.starts, self.at)
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def header(self) -> Path:
        double = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if double else 1
        path = self.within_arrays(self.keys())
        if double:
            index = self.counted.get(path, -1) + 1
            self.counted[path] = index
            path = (*path, index)
        end, self.at = self.at, start
        self.mark(path)
        self.at = end + (2 if double else 1)
        return path

    def within_arrays(self, keys: tuple[str, ...]) -> Path:
        """A header below an array of tables means the array's last element."""
        path: Path = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self.counted:
                path = (*path, self.counted[path])
        return (*path, keys[-1])

    def keys(self) -> tuple[str, ...]:
        found: list[str] = []
        while match := _KEY.match(self.text, self.at):
            found.append(next(part for part in match.groups() if part is not None))
            self.at = match.end()
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
        return tuple(found)

    def pair(self, table: Path) -> None:
        start = self.at
        path: Path = (*table, *self.keys())
        end, self.at = self.at, start
        self.mark(path)
        self.at = end + 1
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip()
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.array(path)
        elif opening == "{":
            self.inline_table(path)
        elif match := _STRINGS.match(self.text, self.at) or _SCALAR.match(self.text, self.at):
            self.at = match.end()

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        self.skip()
        while not self.text.startswith("]", self.at):
            self.mark((*path, index))
            self.value((*path, index))
            index += 1
            self.comma()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.skip()
        while not self.text.startswith("}", self.at):
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.skip()
        if self.text.startswith(",", self.at):
            self.at += 1
        self.skip()
