"""The second and third built-in reports: indicators without an order, tiers and groups."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from parsel import Selector

from portal.month import MonthIndex, index_under
from portal.report.blocks import Heading, Paragraph, ReportDocument, TableBlock
from portal.report.facts import report_scopes
from portal.report.files import rendered
from registry.cities import load_cities
from scoring import Table, compute, load_method
from scoring.cities.assemble import MonthInputs
from scoring.cities.indicators import Indicator
from scoring.errors import MethodError
from scoring.method.library import method_text, read_method
from tests.portal.report.scenes import MAY, index_of_rows, rows_of
from tests.portal.report.test_report import no_browser, text_of, written
from tests.scoring.test_published import CITIES, SECOND, SUBTABLES

pytestmark = pytest.mark.slow


def indicators_of(method: str, cities: list[str]) -> list[Indicator]:
    """A value of every indicator for every city; the first cities have the greatest."""
    measures = {leaf.measure or leaf.code for leaf in load_method(method).leaves}
    return [
        Indicator(city=city, period="2025-05", code=code, value=float(1000 - at), source="test")
        for at, city in enumerate(cities)
        for code in sorted(measures)
        if ":" not in code
    ]


def index_over(method: str, cities: list[str], rows: bool = False) -> MonthIndex:
    """A month's index of imported indicators."""
    of = rows_of() if rows else []
    inputs = MonthInputs(of, indicators=indicators_of(method, cities))
    return index_under(load_method(method), MAY, inputs)


def table_named(document: ReportDocument, name: str) -> TableBlock:
    """By the name of its sheet."""
    return next(b for b in document.blocks if isinstance(b, TableBlock) and b.name == name)


def test_a_report_of_indicators_lists_who_leads_and_no_places() -> None:
    cities = sorted({row.city for row in rows_of()})
    document = written(index_over("comm-power-100", cities, rows=True))
    heads = list(document.sections)
    for scope in ("communication_degree", "reputation", "media_attention"):
        assert scope in heads
    assert "social_media_attention" in heads
    table = table_named(document, "三级指标")
    assert len(table.rows) == len(load_method("comm-power-100").leaves)
    by_name = {str(row[0]): str(row[2]) for row in table.rows}
    assert len(by_name["海外媒体报道量"].split("、")) == 5
    assert "北京" in by_name["点赞量"]
    assert by_name["社交媒体覆盖语种数"] == "无数据"
    page = rendered(document, "html", no_browser).decode()
    assert "以上排序随机，不分前后。" in page
    assert "位列" not in page
    english = written(index_over("comm-power-100", cities, rows=True), "en")
    assert "Articles in media abroad" in str(table_named(english, "Third-level indicators").rows)


def test_without_an_indicator_its_lists_say_so() -> None:
    document = written(index_of_rows(rows_of(), method="comm-power-100", ordered=False))
    text = text_of(document)
    assert "本项没有排序：缺少" in text
    assert "60个账号，覆盖脸书、X平台、照片墙、优兔、TikTok" in text
    assert "全部城市均进入" not in text


def yearly(lang: str = "zh") -> ReportDocument:
    """Sixty cities under the yearly index."""
    cities = [c.id for c in load_cities().values()][:60]
    return written(index_over("network-image-2025", cities), "en" if lang == "en" else "zh")


def test_a_yearly_report_has_tiers_and_groups() -> None:
    document = yearly()
    assert "范围：60个城市。" in text_of(document)
    assert "账号的数据完整" not in text_of(document)
    tiers = table_named(document, "方阵 综合指数")
    assert [row[0] for row in tiers.rows] == ["第一方阵", "第二方阵", "第三方阵"]
    assert [len(str(row[1]).split("、")) for row in tiers.rows] == [20, 30, 10]
    group = table_named(document, "东部 综合指数")
    assert [row[0] for row in group.rows] == list(range(1, len(group.rows) + 1))
    assert group.head[:2] == ["组内位次", "城市"]
    assert group.head[-1] == "总位次"
    assert all(rendered(document, form, no_browser) for form in ("html", "md", "xlsx", "docx"))
    assert "Tiers" in str(table_named(yearly("en"), "Tiers Composite").caption)


def test_few_cities_are_not_cut_into_tiers() -> None:
    cities = [c.id for c in load_cities().values()][:50]
    assert "不足51个" in text_of(written(index_over("network-image-2025", cities)))


GROUPS = {
    **{"超大城市": "超大城市", "特大城市": "特大城市", "I型大城市": "I型大城市"},
    **{"II型大城市": "II型大城市", "east": "东部", "central": "中部", "west": "西部"},
    **{"provincial_capital": "省会（首府）城市", "municipality": "直辖市"},
    "non_capital": "非省会城市",
}


def published_index() -> MonthIndex:
    """The published second level of 106 cities, under the registry's ids."""
    ids = {city.name_zh: city.id for city in load_cities().values()}
    columns = {
        code: [float(row[code]) for row in CITIES] for pair in SECOND.values() for code in pair
    }
    table = Table.build([ids[row["city"]] for row in CITIES], columns)
    method = load_method("network-image-2025")
    empty = index_over("network-image-2025", [ids[row["city"]] for row in CITIES])
    return replace(empty, table=table, result=compute(method, table))


def test_the_27_published_sub_tables_stand_in_the_yearly_report() -> None:
    """Members, and scores place by place; the report prints more than the published ones."""
    document = written(published_index())
    by_group: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in SUBTABLES:
        by_group.setdefault((row["dimension"], row["group_value"]), []).append(row)
    assert len(by_group) == 27
    names = {node.code: node.name.zh for node in load_method("network-image-2025").nodes}
    for (dimension, group), printed in by_group.items():
        table = table_named(document, f"{GROUPS[group]} {names[dimension]}")
        first = table.rows[: len(printed)]
        assert {row[1] for row in first} == {row["city"] for row in printed}, table.caption
        got = [row[4] for row in first]
        assert got == pytest.approx([float(r["dimension_score"]) for r in printed], abs=0.04)
    assert [len(table_named(document, "方阵 综合指数").rows), len(CITIES)] == [3, 106]


def test_a_bracketed_title_takes_the_month_without_further_brackets() -> None:
    assert yearly().title == "城市国际网络形象（2025）·2025年5月"
    assert yearly("en").title.endswith("(2025), May 2025")
    assert written(index_of_rows(rows_of())).title.endswith("（2025年5月）")


def test_the_method_note_holds_all_that_an_index_of_indicators_is_made_of() -> None:
    document = yearly()
    table = table_named(document, "方法说明")
    nodes = [node for node in load_method("network-image-2025").nodes if node.parent is not None]
    assert [row[0] for row in table.rows] == [node.name.zh for node in nodes]
    leaves = {leaf.name.zh for leaf in load_method("network-image-2025").leaves}
    shares = [row[2] for row in table.rows if row[0] in leaves]
    assert sum(share for share in shares if isinstance(share, float)) == pytest.approx(100)
    # Nothing was counted of accounts: what their numbers mean says nothing here.
    assert "互动量为当月发布内容" not in text_of(document)
    assert "互动量为当月发布内容" in text_of(written(index_of_rows(rows_of())))


def test_short_chapters_are_printed_on_one_page_and_long_ones_are_not() -> None:
    page = Selector(rendered(yearly(), "html", no_browser).decode())
    kinds = {s.css("h2::text").get(""): s.attrib["class"] for s in page.css("section")}
    assert kinds["综合指数 TOP10"] == "whole"
    assert kinds["分组排序"] == kinds["全部城市排序"] == "long"
    tiers = page.css("section:contains('第一方阵') table")[0]
    assert tiers.css("td::attr(class)").getall()[0] == "s"  # 第一方阵 on one line


def test_the_sheet_of_text_names_the_sheet_of_every_table() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    document = yearly()
    book = openpyxl.load_workbook(io.BytesIO(rendered(document, "xlsx", no_browser)))
    text = [str(cell.value) for cell in book.worksheets[0]["A"]]
    tables = [block for block in document.blocks if isinstance(block, TableBlock)]
    for sheet, table in zip(book.worksheets[1:], tables, strict=True):
        assert f"见工作表“{sheet.title}”：{table.caption}" in text
        assert table.caption in sheet.oddHeader.center.text
    tiers = book["方阵 综合指数"]
    assert tiers["B2"].alignment.wrap_text
    assert tiers.row_dimensions[3].height >= tiers.row_dimensions[2].height > 15


def test_rankings_without_data_are_told_in_one_table_and_cities_alike_together() -> None:
    document = written(index_of_rows(rows_of(), method="network-image-2025"))
    table = table_named(document, "没有排序的榜单")
    assert ["国际搜索量", "谷歌趋势搜索指数"] in [list(row) for row in table.rows]
    assert len(table.rows) == len(report_scopes(load_method("network-image-2025")))
    heads = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert heads == ["总体情况", "没有排序的榜单", "方法说明", "数据覆盖与缺失", "制作"]
    (told,) = (line for line in text_of(document).splitlines() if line.startswith("未进入"))
    assert told.count("（") == 1
    assert "北京、成都" in told


def test_each_ranking_with_a_chart_begins_a_page_of_the_word_file() -> None:
    docx = pytest.importorskip("docx")
    data = rendered(written(index_of_rows(rows_of())), "docx", no_browser)
    file = docx.Document(io.BytesIO(data))
    begins = [one.text for one in file.paragraphs if one.paragraph_format.page_break_before]
    assert begins == [f"{name} TOP10" for name in ("脸书", "X平台", "照片墙", "优兔", "TikTok")]


def test_contributors_are_those_of_the_method_and_change_no_hash() -> None:
    text = method_text("giu")
    line = 'contributors = [{ zh = "课题组：甲、乙", en = "Team: A, B" }, { zh = "组长：<丙>" }]\n'
    named = read_method(line + text)
    assert named.hash == load_method("giu").hash
    index = index_of_rows(rows_of())
    for lang, said in (
        ("zh", ["课题组：甲、乙", "组长：<丙>"]),
        ("en", ["Team: A, B", "组长：<丙>"]),
    ):
        document = written(replace(index, method=named), "en" if lang == "en" else "zh")
        last = [one.text for one in document.sections["contributors"] if isinstance(one, Paragraph)]
        assert last[:-1] == said
        assert "CityReach" in last[-1]
    with pytest.raises(MethodError, match="contributors"):
        read_method('contributors = ["A"]\n' + text)
