"""Articles as GDELT's files: rows of the GKG, JSON lines of the graph and of the article list."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sandbox.gdelt.articles import SandboxCity, WrittenArticle, batch_written
from sandbox.world.model import World

_COLUMNS = 27
_GRAPHED = 4
"""Quarter hours of a day whose articles the graph has."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of a member within its zip: the same bytes each time."""
_SHORT = {
    "eng": "en",
    "fra": "fr",
    "spa": "es",
    "por": "pt",
    "jpn": "ja",
    "deu": "de",
    "rus": "ru",
    "ara": "ar",
    "kor": "ko",
    "ita": "it",
}


def gkg_file(articles: Iterable[WrittenArticle], at: datetime, *, translated: bool) -> bytes:
    """One batch of a stream; it holds an article about another country too."""
    rows = [_gkg_row(a) for a in articles if (a.outlet.language != "eng") is translated]
    rows.append(_elsewhere(at, translated))
    return _zipped(f"{at:%Y%m%d%H%M%S}.gkg.csv", ("\n".join(rows) + "\n").encode())


def _zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def _gkg_row(article: WrittenArticle) -> str:
    translated = article.outlet.language != "eng"
    cells = [""] * _COLUMNS
    stamp = f"{article.at:%Y%m%d%H%M%S}"
    cells[0] = f"{stamp}-{'T' if translated else ''}{article.number}"
    cells[1], cells[2] = stamp, "1"
    cells[3], cells[4] = article.outlet.domain, article.url
    cells[10] = ";".join(_places(article))
    cells[15] = f"{article.tone},4.1,2.0,6.1,20.5,0.4,310"
    if translated:
        cells[25] = f"srclc:{article.outlet.language};eng:Moses 2.1.1 / made"
    cells[26] = f"<PAGE_TITLE>{article.title}</PAGE_TITLE>"
    return "\t".join(cells)


def _places(article: WrittenArticle) -> list[str]:
    """Blocks as GDELT has them, a mention each. A village has the name of a province."""
    city = article.city
    name = city.province if article.kind == "village" else city.name
    if article.kind == "village" and name == city.name:
        name = "Maoyan"
    start = 900 if article.kind == "passing" else 40
    return [
        f"4#{name}, {city.province}, China#CH#{article.adm1}#13001#{city.lat}#{city.lon}#-1#{at}"
        for at in range(start, start + 300 * article.mentions, 300)
    ]


def _elsewhere(at: datetime, translated: bool) -> str:
    cells = [""] * _COLUMNS
    stamp = f"{at:%Y%m%d%H%M%S}"
    cells[0], cells[1], cells[2] = f"{stamp}-{'T' if translated else ''}9999", stamp, "1"
    cells[3], cells[4] = "valley-times.example", f"https://valley-times.example/{stamp}"
    cells[10] = "4#Lyon, Rhône-Alpes, France#FR#FRB9#17000#45.75#4.85#-1#33"
    cells[15] = "0.3,1,1,2,20,0,100"
    return "\t".join(cells)


def graph_file(world: World, cities: Sequence[SandboxCity], day: datetime) -> bytes:
    """A day of the geographic graph: English articles, a row a place. The countries of outlets
    stand in it; of one outlet it knows none."""
    lines: list[str] = []
    for number in range(_GRAPHED):
        for article in batch_written(world, cities, day + number * timedelta(days=1) / _GRAPHED):
            if article.outlet.language == "eng":
                lines.append(_graph_row(article))
    return gzip.compress("\n".join(lines).encode() + b"\n", 1, mtime=0)


def _graph_row(article: WrittenArticle) -> str:
    city, outlet = article.city, article.outlet
    known = "" if outlet.domain == "north-star.example" else outlet.country
    return json.dumps(
        {
            "DateTime": f"{article.at:%Y-%m-%dT%H:%M:%SZ}",
            "URL": article.url,
            "Title": article.title,
            "LangCode": "en",
            "DocTone": article.tone,
            "DomainCountryCode": known,
            "Location": f"{city.name}, {city.province}, China",
            "Lat": float(city.lat),
            "Lon": float(city.lon),
            "CountryCode": "CH",
            "Adm1Code": article.adm1,
            "GeoType": 4,
            "ContextualText": f"On that day {article.title}.",
        },
        ensure_ascii=False,
    )


def list_file(articles: Iterable[WrittenArticle]) -> bytes:
    """A list of articles, one line each, in their own language as far as it goes."""
    lines = [
        json.dumps(
            {
                "date": f"{article.at:%Y-%m-%dT%H:%M:%SZ}",
                "url": article.url,
                "domain": article.outlet.domain,
                "outletName": article.outlet.domain.partition(".")[0].title(),
                "title": article.title,
                "desc": f"{article.title}, say people of {article.city.province}.",
                "lang": _SHORT[article.outlet.language],
            },
            ensure_ascii=False,
        )
        for article in articles
    ]
    return gzip.compress("\n".join(lines).encode() + b"\n", 1, mtime=0)
