"""Rows of the GKG: how fast one process reads them, beside `zcat | cut` in the same run.

Rows are made with the size of recorded ones (12.8 kB on average), one in thirty names a city; they
are written to a gzip file and read three times by each side, by turns. The rate is of CPU seconds
of user and system; memory is the highest of the process, and is compared after one file and after
many.
"""

from __future__ import annotations

import gzip
import random
import resource
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from bench.measuring.figures import Figure, tell
from media.gkg import RowCounts, chinese_rows
from media.unpacking import unpacked, whole_lines

ROWS, ROUNDS, MONTH_ROWS = 6_000, 3, 9_300_000
"""`MONTH_ROWS`: rows of a month, by record numbers of 2020: 310,000 a day."""
_PIECE = 2**20


def main() -> None:
    """Prints the figures beside their goals."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.gz"
        make(path)
        ours, theirs = [], []
        first = 0.0
        for _ in range(ROUNDS):
            ours.append(read(path))
            first = first or peak()
            theirs.append(cut(path))
    rate, other = ROWS / median(ours), ROWS / median(theirs)
    tell(Figure(name="rows of the GKG a CPU second", value=rate, unit="rows/s"))
    tell(
        Figure(
            name="the same : zcat | cut",
            value=rate / other,
            unit="x",
            at_least=0.2,
            portable=True,
        )
    )
    flat = f"{first:.0f} MB after the first file"
    tell(Figure(name="memory", value=peak(), unit="MB", at_most=150, note=flat))
    hours = MONTH_ROWS / rate / 3600
    tell(Figure(name="a month, on one core", value=hours, unit="hours", at_most=24))


def make(path: Path) -> None:
    """Rows of 27 columns with words as filling, compressed about as GDELT's are."""
    rng = random.Random(7)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(3, 9))) for _ in range(4_000)]
    with gzip.open(path, "wb", compresslevel=6) as out:
        for number in range(ROWS):
            cells = [""] * 27
            cells[0], cells[1] = f"20261001000000-{number}", "20261001000000"
            cells[2:5] = "1", "a.example", f"https://a.example/{number}"
            cells[8] = " ".join(rng.choices(words, k=1_900))
            place = "4#Wuhan, Hubei, China#CH#CH12#1#30.5#114.2#-1#40"
            cells[10] = place if number % 30 == 0 else "1#France#FR#FR##46#2#FR#12"
            cells[15] = "1.5,3,1,4,20,1,300"
            out.write("\t".join(cells).encode() + b"\n")


def read(path: Path) -> float:
    """CPU seconds of reading the file; every row must have been seen."""
    start, counts = used(resource.RUSAGE_SELF), RowCounts()
    with path.open("rb") as data:
        lines = whole_lines(unpacked(iter(lambda: data.read(_PIECE), b"")), counts)
        kept = sum(1 for _ in chinese_rows(lines, counts))
    assert (counts.rows, kept) == (ROWS, ROWS // 30)
    return used(resource.RUSAGE_SELF) - start


def cut(path: Path) -> float:
    """CPU seconds of `zcat | cut` on the columns that we use."""
    start = used(resource.RUSAGE_CHILDREN)
    command = f"zcat '{path}' | cut -f1,2,3,4,5,11,16,26,27 > /dev/null"
    subprocess.run(command, shell=True, check=True)
    return used(resource.RUSAGE_CHILDREN) - start


def used(who: int) -> float:
    """User and system seconds so far."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def peak() -> float:
    """The process's highest resident memory, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
