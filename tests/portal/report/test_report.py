"""What a report says, and that every file of it says the same numbers as the leaderboard."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import docx
import openpyxl
import pytest
from parsel import Selector

from model.measures import MeasureRow
from operations.documents import reports
from operations.documents.reports import printer
from operations.errors import Failed
from portal.month import MonthIndex, NoCities
from portal.report.blocks import Paragraph, ReportDocument
from portal.report.cases import Case, CasePost, CaseRule, chosen_case
from portal.report.facts import facts_of
from portal.report.files import rendered
from portal.report.sentences import word_case, word_place_change
from portal.report.story import report_document
from scoring.publish.issues import draft
from scoring.publish.wording import Lang
from tests.portal.report.scenes import CITIES, MAY, PLATFORMS, index_of_rows, rows_of

pytestmark = pytest.mark.slow

LANGS: tuple[Lang, ...] = ("zh", "en")
BEFORE = {
    code: dict(zip(CITIES, (1, 3, 2, 9, 5, 6, 7, 8, 11, 12, 4, 10), strict=True))
    for code in ("index", *PLATFORMS)
}


def no_browser(html: bytes) -> bytes:
    """For formats that print nothing."""
    raise AssertionError(html[:20])


def written(index: MonthIndex, lang: Lang = "zh", cases: Sequence[Case] = ()) -> ReportDocument:
    """The document of a month without a store."""
    return report_document(facts_of(index, MAY.cutoff), cases, lang)


def text_of(document: ReportDocument) -> str:
    """All paragraphs."""
    return "\n".join(b.text for b in document.blocks if isinstance(b, Paragraph))


def html_tables(data: bytes) -> list[list[list[str]]]:
    """Cells of the bodies."""
    rows = [t.css("tbody tr") for t in Selector(data.decode()).css("table")]
    return [[r.xpath("td/text()").getall() for r in table] for table in rows]


def docx_tables(data: bytes) -> list[list[list[str]]]:
    """Cells below the heads."""
    tables = docx.Document(io.BytesIO(data)).tables
    return [[[c.text for c in row.cells] for row in t.rows][1:] for t in tables]


def xlsx_tables(data: bytes) -> list[list[list[str]]]:
    """Cells below the heads of all sheets but the first, printed as in the other files."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [
        [[_printed(cell) for cell in row] for row in sheet.iter_rows(min_row=2)]
        for sheet in book.worksheets[1:]
    ]


def _printed(cell: Any) -> str:
    if cell.value is None:
        return "—"
    return f"{cell.value:.2f}" if cell.number_format == "0.00" else str(cell.value)


READERS = {"html": html_tables, "docx": docx_tables, "xlsx": xlsx_tables}


def board(index: MonthIndex, scope: str, lang: Lang, count: int = 99) -> list[list[str]]:
    """Rank, name and score as files print them."""
    rows = index.top(scope, count)
    return [[str(row["rank"]), row[f"name_{lang}"], f"{row['index']:.2f}"] for row in rows]


READ = [("zh", "html"), ("en", "html"), ("zh", "xlsx"), ("en", "xlsx"), ("zh", "docx")]


@pytest.mark.parametrize(("lang", "form"), READ)
def test_every_number_is_read_back_as_the_leaderboard_has_it(lang: Lang, form: str) -> None:
    index = index_of_rows(rows_of(), BEFORE)
    document = written(index, lang)
    data = rendered(document, form, no_browser)
    tables = READERS[form](data)
    expected = [board(index, scope, lang, 10) for scope in ("composite", *PLATFORMS)]
    assert [[row[:3] for row in table] for table in tables[:6]] == expected
    assert [row[:3] for row in tables[6]] == board(index, "composite", lang)
    assert tables == html_tables(rendered(document, "html", no_browser))
    if form == "docx":
        assert_editable(docx.Document(io.BytesIO(data)))
    else:
        assert rendered(document, form, no_browser) == data


def assert_editable(file: Any) -> None:
    """Real headings, captions and alternative texts."""
    styles = [p.style.name for p in file.paragraphs]
    assert styles.count("Heading 1") >= 10
    assert styles.count("Caption") >= 13
    texts = [shape._inline.docPr.get("descr") for shape in file.inline_shapes]
    assert texts[0].startswith("综合指数前十指数条形图：北京")
    assert len(texts) == 6


def test_numbers_of_both_languages_are_the_same() -> None:
    index = index_of_rows(rows_of(), BEFORE)
    found = []
    for lang in LANGS:
        tables = html_tables(rendered(written(index, lang), "html", no_browser))
        found.append(re.findall(r"\d+\.\d\d\b", str(tables)))
    assert found[0] == found[1]
    assert len(found[0]) > 100


def test_changes_are_said_in_the_fields_words() -> None:
    rows = facts_of(index_of_rows(rows_of(), BEFORE), MAY.cutoff).scope("composite").rows
    said = {
        row.city: [word_place_change(row, lang, compares=True) for lang in LANGS] for row in rows
    }
    assert said["beijing"] == ["持平", "level"]
    assert said["ningbo"] == ["上升五位", "up five places"]
    assert said["luoyang"] == ["下降七位", "down seven places"]
    assert said["qingdao"] == ["上升二位，跻身前十", "up two places, enters the top ten"]


def test_a_month_before_with_few_ranks_is_not_compared() -> None:
    few = {code: {"beijing": 1, "nanjing": 2} for code in BEFORE}
    document = written(index_of_rows(rows_of(), few))
    assert "不作位次比较" in text_of(document)
    assert "跻身前十" not in rendered(document, "html", no_browser).decode()


def test_a_month_that_is_not_frozen_says_provisional() -> None:
    index = index_of_rows(rows_of())
    for lang, word in (("zh", "暂定稿"), ("en", "provisional")):
        document = written(index, lang)
        assert word in document.subtitle
        assert word in text_of(document)
    running = report_document(facts_of(index, MAY.start), (), "en")
    assert "day 1 of 31" in text_of(running)


def test_an_unordered_method_gives_no_places_and_no_scores() -> None:
    index = index_of_rows(rows_of(), BEFORE, ordered=False)
    page = rendered(written(index), "html", no_browser).decode()
    assert "以上排序随机，不分前后。" in page
    first = html_tables(page.encode())[0]
    assert [len(row) for row in first] == [1] * 10
    names = {row["name_en"]: row["name_zh"] for row in index.top("composite", 10, unordered=False)}
    assert [row[0] for row in first] == [names[n] for n in sorted(names, key=str.casefold)]
    assert not re.search(r"<text|上升|位列", page)


def test_all_who_share_the_tenth_place_are_listed() -> None:
    rows = rows_of()
    twin = [r for r in rows if r.city == "qingdao"]
    same = [replace(r, city="luoyang", account=f"{r.account}9") for r in twin]
    index = index_of_rows([*(r for r in rows if r.city != "luoyang"), *same])
    document = written(index, "en")
    assert "2 cities share the tenth place" in text_of(document)
    assert len(html_tables(rendered(document, "html", no_browser))[0]) == 11


def test_a_month_with_one_city_and_one_without_any() -> None:
    one = written(index_of_rows(rows_of(["beijing"])), "en")
    assert "Only one city is ranked." in text_of(one)
    unread = [replace(row, collected=False, why="gone", posts=None) for row in rows_of(["beijing"])]
    nobody = written(index_of_rows(unread), "en")
    assert "No city has a place in the ranking" in text_of(nobody)
    for form in ("html", "md", "docx", "xlsx"):
        assert rendered(nobody, form, no_browser)


def test_a_month_without_any_city_is_said_by_name() -> None:
    with pytest.raises(NoCities, match=r"2025-05 has no city: .*accounts import"):
        index_of_rows([])


def test_a_draft_made_by_another_version_of_the_method_is_said() -> None:
    index = index_of_rows(rows_of())
    at = MAY.cutoff.isoformat()
    kept = draft(index.result, MAY, panel="p", code_version="1", created_at=at)
    assert not facts_of(index, MAY.cutoff, kept).other_method
    facts = facts_of(index, MAY.cutoff, replace(kept, method_hash="0" * 12))
    for lang, said in (
        ("zh", "所存草稿所用的方法与现行方法不同"),
        ("en", "Draft again before freezing"),
    ):
        assert said in text_of(report_document(facts, (), lang))


def test_a_case_without_evidence_says_so_and_a_damaged_picture_is_named() -> None:
    case = replace(case_of("qingdao", "x", posts=3, interactions=9), posts=[post_with(9)])
    index = index_of_rows(rows_of(), BEFORE)
    assert "没有留存该内容的截图。" in text_of(written(index, "zh", [case]))
    lost = replace(case, picture_lost="its hash differs")
    for lang, said in (
        ("zh", "截图无法使用：its hash differs"),
        ("en", "cannot be used: its hash"),
    ):
        assert said in text_of(written(index, lang, [lost]))  # type: ignore[arg-type]


def test_without_a_browser_pdf_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "available", lambda given: False)
    browser = SimpleNamespace(executable=None)
    settings = SimpleNamespace(crawler=SimpleNamespace(browser=browser))
    to_pdf = printer(SimpleNamespace(settings=settings))  # type: ignore[arg-type]
    document = written(index_of_rows(rows_of()))
    with pytest.raises(Failed, match=r"PDF needs a browser: .*; --format html and docx need none"):
        rendered(document, "pdf", to_pdf)
    assert rendered(document, "html", to_pdf)


def test_a_platform_without_any_account_is_said() -> None:
    rows = [row for row in rows_of() if row.platform != "tiktok"]
    text = text_of(written(index_of_rows(rows), "zh"))
    assert "本期未监测到任何城市在TikTok的账号。" in text


HOSTILE = "<b>=1+1 & |x|\u202e"


@pytest.mark.parametrize("form", ["html", "md", "xlsx"])
def test_names_with_markup_are_text_and_missing_ones_are_said(form: str) -> None:
    index = index_of_rows(
        rows_of(), names={"beijing": (HOSTILE, "Beijing"), "nanjing": ("", "Nanjing")}
    )
    document = written(index)
    assert "以另一名称或代号列出：nanjing" in text_of(document)
    data = rendered(document, form, no_browser)
    if form == "md":
        assert r"\<b\>=1+1 \& \|x\|" in data.decode()
        return
    names = [row[1] for row in READERS[form](data)[0]]
    assert names[:2] == ["<b>=1+1 & |x|", "Nanjing"]
    if form == "xlsx":
        cells = openpyxl.load_workbook(io.BytesIO(data)).worksheets[1]["B"]
        assert {cell.data_type for cell in cells} == {"s"}


def test_a_report_without_ratings_says_so() -> None:
    assert "未载入专家评分" in text_of(written(index_of_rows(rows_of()), "zh"))


def scope_case(index: MonthIndex, best: dict[str, CasePost]) -> tuple[str, CaseRule]:
    """City and rule of the case of X."""
    found = chosen_case(facts_of(index, MAY.cutoff).scope("x"), best)
    assert found is not None
    return found[0].city, found[1]


def post_with(value: int) -> CasePost:
    """A post with so many interactions."""
    return CasePost("x:1", "https://x.com/i/status/1", "interactions", value, MAY.start)


def test_a_case_is_chosen_by_the_first_rule_that_finds_one() -> None:
    rows = rows_of()
    assert scope_case(index_of_rows(rows, BEFORE), {}) == ("xian", CaseRule.ENTERED)
    places = (2, 1, 3, 6, 4, 5, 7, 8, 9, 10, 11, 12)
    inside = {code: dict(zip(CITIES, places, strict=True)) for code in BEFORE}
    assert scope_case(index_of_rows(rows, inside), {}) == ("ningbo", CaseRule.ROSE)
    best = {"xian": post_with(900), "beijing": post_with(5)}
    assert scope_case(index_of_rows(rows), best) == ("xian", CaseRule.BREAKOUT)
    assert scope_case(index_of_rows(rows), {}) == ("beijing", CaseRule.FIRST)
    assert scope_case(index_of_rows(rows, ordered=False), best) == ("xian", CaseRule.BREAKOUT)


def case_of(city: str, platform: Any, **measures: float) -> Case:
    """A case of a city that was fourth in the month before."""
    scope = facts_of(index_of_rows(rows_of(), BEFORE), MAY.cutoff).scope(platform)
    row = next(row for row in scope.rows if row.city == city)
    return Case(platform, CaseRule.ENTERED, row, True, measures)


def test_a_case_tells_its_numbers_and_how_they_changed() -> None:
    numbers = {"posts": 120, "interactions": 357_840, "interaction_rate": 2982}
    case = case_of("qingdao", "instagram", **numbers, follower_gain=1200)
    was = {"interactions": 300_000, "interaction_rate": 3000}
    case = replace(case, before=was, posts=[post_with(41_000), post_with(9000)])
    assert word_case(case, "zh") == (
        "青岛在照片墙位列第十，比上一监测周期上升二位，跻身前十。当月发布120条内容，互动量35.78万次，"
        "互动率2982次，粉丝增量1200。互动量比上一监测周期增长19.3%，互动率比上一监测周期下降0.6%。"
        "单条内容最高互动量41000次（https://x.com/i/status/1），其次9000次（https://x.com/i/status/1）。"
    )
    assert word_case(case, "en") == (
        "Qingdao is 10th on Instagram, up two places against the previous period, enters the top "
        "ten. In the month: 120 posts, 357,800 interactions, 2,982 interactions a post, 1,200 "
        "followers gained. Interactions grew by 19.3 % against the previous period, interactions "
        "a post fell by 0.6 % against the previous period. The best single post has 41,000 "
        "interactions (https://x.com/i/status/1), the next 9,000 (https://x.com/i/status/1)."
    )


def test_what_was_not_measured_is_never_zero_in_a_case() -> None:
    case = case_of("qingdao", "youtube", posts=3, views=12)
    assert "未能全部采集，数字缺失，不以零代替" in word_case(replace(case, measures={}), "zh")
    assert "本期未监测到该城市在优兔的账号。" in word_case(replace(case, measures=None), "zh")
    assert word_case(case, "zh").endswith("观看率、粉丝增量未能取得，不以零代替。")
    silent = word_case(case_of("qingdao", "x", posts=0, interactions=0, interaction_rate=0), "zh")
    assert "互动率" not in silent


def test_workbooks_have_native_charts_and_frozen_heads() -> None:
    data = rendered(written(index_of_rows(rows_of())), "xlsx", no_browser)
    sheets = openpyxl.load_workbook(io.BytesIO(data)).worksheets[1:7]
    assert {sheet.freeze_panes for sheet in sheets} == {"A2"}
    assert [len(sheet._charts) for sheet in sheets] == [1] * 6


def unread(row: MeasureRow) -> MeasureRow:
    """The row of an account that was not collected."""
    return replace(row, collected=False, why="gone")


def test_gaps_are_told() -> None:
    rows = [unread(row) if row.city == "rizhao" else row for row in rows_of()]
    text = text_of(written(index_of_rows(rows), "zh"))
    assert "5个账号的数据不完整或存疑。" in text
    assert "未进入综合指数排序的城市：日照（无任何数据）。" in text
