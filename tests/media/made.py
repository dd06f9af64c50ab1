"""Rows and files of GDELT made for tests, by the codebook and without the product's code."""

from __future__ import annotations

import io
import random
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 10, 1, tzinfo=UTC)
CITIES = {
    "suzhou-jiangsu": ("Suzhou", "CH04"),
    "beijing": ("Beijing", "CH22"),
    "xian": ("Xi'an", "CH26"),
    "guangzhou": ("Guangzhou", "CH30"),
}
OUTLETS = {
    "reuters.com": ("UK", True),
    "lemonde.fr": ("FR", True),
    "asahi.com": ("JA", True),
    "one-blog.example": ("", False),
    "elpais.com": ("SP", True),
}


def block(
    name: str, adm1: str, offset: int = 40, country: str = "CH", kind: str = "4", of: str = "China"
) -> str:
    return f"{kind}#{name}, Somewhere, {of}#{country}#{adm1}#13001#30.1#120.2#-1#{offset}"


def row(
    number: int,
    at: datetime,
    url: str,
    places: list[str],
    *,
    outlet: str = "reuters.com",
    tone: str = "2.5,3,1,4,20,1,300",
    language: str = "",
    title: str | None = None,
) -> bytes:
    cells = [""] * 27
    stamp = f"{at:%Y%m%d%H%M%S}"
    cells[0], cells[1], cells[2] = f"{stamp}-{'T' if language else ''}{number}", stamp, "1"
    cells[3], cells[4] = outlet, url
    cells[10], cells[15] = ";".join(places), tone
    if language:
        cells[25] = f"srclc:{language};eng:Moses 2.1.1 / made"
    if title is not None:
        cells[26] = f"<PAGE_TITLE>{title}</PAGE_TITLE>"
    return "\t".join(cells).encode()


def zipped(rows: list[bytes], name: str = "x.gkg.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"\n".join(rows) + b"\n")
    return out.getvalue()


@dataclass
class Truth:
    """What was planted, counted while planting."""

    articles: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    countries: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    languages: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    mainstream: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    positive: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reprinted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    verdicts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))


def planted(seed: int, number: int) -> tuple[list[bytes], Truth]:
    """A month of rows: overseas articles, reprints, namesakes, home media, doubled addresses."""
    rng, truth, rows = random.Random(seed), Truth(), []
    for n in range(number):
        city = rng.choice(list(CITIES))
        at = START + timedelta(minutes=15 * rng.randrange(2800))
        kind = rng.choice(["plain"] * 5 + ["reprint", "home", "namesake", "ambiguous", "doubled"])
        rows += _rows_of(kind, n, city, at, rng, truth)
    return rows, truth


def _rows_of(
    kind: str, n: int, city: str, at: datetime, rng: random.Random, truth: Truth
) -> list[bytes]:
    name, adm1 = CITIES[city]
    outlet = rng.choice(list(OUTLETS))
    tone, language = rng.choice([-3.0, 0.5, 1.0, 1.01, 4.0]), rng.choice(["", "fra", "jpn"])
    title = f"Story {n} tells of matter {n * 7 % 1000} in the town"
    url = f"https://{outlet}/{n}"
    told = {"outlet": outlet, "tone": f"{tone},1,1,1,1,1,9", "language": language, "title": title}
    good = [block(name, adm1)]
    if kind == "home":
        truth.verdicts[city, "home media"] += 1
        return [
            row(n, at, f"https://xinhuanet.com/{n}", good, **{**told, "outlet": "xinhuanet.com"})
        ]
    if kind == "namesake":
        truth.verdicts[city, "namesake"] += 1
        return [row(n, at, url, [block(name, "CH99")], **told)]
    if kind == "ambiguous":
        truth.verdicts[city, "ambiguous"] += 1
        return [row(n, at, url, [block(name, "CH00")], **told)]
    copies = 3 if kind == "reprint" else 1
    rows = []
    for copy in range(copies):
        own = outlet if copy == 0 else f"copy{copy}.example"
        country, mainstream = OUTLETS.get(own, ("", False))
        rows.append(
            row(
                n, at + timedelta(hours=copy), f"https://{own}/{n}", good, **{**told, "outlet": own}
            )
        )
        truth.articles[city] += 1
        truth.mainstream[city] += mainstream
        truth.languages[city].add(language or "eng")
        truth.countries[city] |= {country} - {""}
        truth.positive[city] += tone > 1
        truth.reprinted[city] += tone > 1 and copy > 0
    if kind == "doubled":
        truth.verdicts[city, "same address"] += 1
        rows.append(
            row(
                n,
                at + timedelta(minutes=15),
                f"http://www.{outlet}:80/{n}/?utm_source=a",
                good,
                **told,
            )
        )
    return rows
