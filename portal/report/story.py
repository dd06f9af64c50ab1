"""A report as a document: the sections in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from portal.report.blocks import (
    Block,
    Chart,
    Heading,
    Paragraph,
    Picture,
    ReportDocument,
    TableBlock,
    TableCell,
)
from portal.report.cases import Case
from portal.report.divisions import (
    group_blocks,
    indicator_blocks,
    of_indicators,
    tier_blocks,
)
from portal.report.facts import ReportFacts, ScopeFacts, Standing
from portal.report.sentences import (
    case_called,
    edition_called,
    name_of_city,
    platform_called,
    scope_called,
    state_called,
    word_case,
    word_empty,
    word_gaps,
    word_general,
    word_listing,
    word_lost,
    word_panel,
    word_place_change,
    word_rule,
    word_span,
    word_state,
)
from portal.report.wording import WORDS
from portal.wording import local_stamp
from scoring.method.tree import ROOT
from scoring.method.weights import effective_weights
from scoring.publish.top import COMPOSITE
from scoring.publish.wording import Lang

_ByScope = Mapping[str, Mapping[str, float | None]]
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def report_document(facts: ReportFacts, cases: Sequence[Case], lang: Lang) -> ReportDocument:
    """The report in a language. The same facts give the same document."""
    words, issue = WORDS[lang], facts.issue
    year, month = facts.period.name.split("-")
    state = state_called(facts, lang)
    return ReportDocument(
        lang=lang,
        title=words[_title_key(facts, lang)].format(
            index=facts.title.in_language(lang),
            year=year,
            month=int(month),
            month_name=_MONTHS[int(month) - 1],
        ),
        subtitle=words["issue"].format(
            period=facts.period.name, edition=edition_called(facts, lang), state=state
        ),
        period=facts.period.name,
        sections={name: tuple(blocks) for name, blocks in _sections(facts, cases, lang)},
        made_at=issue.published_at or issue.created_at if issue else facts.now.isoformat(),
    )


def _title_key(facts: ReportFacts, lang: Lang) -> str:
    """A title that ends in brackets takes the month without another pair."""
    return "title_after" if facts.title.in_language(lang).endswith("）") else "title"


def _sections(
    facts: ReportFacts, cases: Sequence[Case], lang: Lang
) -> Iterator[tuple[str, Iterator[Block]]]:
    yield "opening", _opening(facts, lang)
    yield "general", _general(facts, lang)
    for scope in facts.chapters:
        gathered = _is_gathered(facts, scope)
        yield scope.scope, iter(()) if gathered else _scope(facts, scope, cases, lang)
    yield "lacking", _gathered(facts, lang)
    yield "indicators", indicator_blocks(facts, lang)
    yield "tiers", tier_blocks(facts, lang)
    yield "groups", group_blocks(facts, lang)
    yield "cities", _all_cities(facts, lang)
    yield "method", _method(facts, lang)
    yield "coverage", _coverage(facts, lang)
    yield "contributors", _contributors(facts, lang)


def _opening(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    for line in word_state(facts, lang):
        yield Paragraph(line, warns=True)
    for lost in facts.lost:
        # Where its ranking has a chapter, it is said there.
        if lost.scope not in {scope.scope for scope in facts.chapters}:
            yield Paragraph(word_lost(lost, lang), warns=True)
    yield Paragraph(word_span(facts, lang))
    yield Paragraph(word_panel(facts, lang))


def _general(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    yield Heading(WORDS[lang]["general"])
    yield Paragraph(word_general(facts, lang))


def _contributors(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    yield Heading(WORDS[lang]["contributors"])
    for one in facts.method.contributors:
        if said := name_of_city(one, lang):
            yield Paragraph(said)
    yield Paragraph(WORDS[lang]["made_by"])


def _scope(
    facts: ReportFacts, scope: ScopeFacts, cases: Sequence[Case], lang: Lang
) -> Iterator[Block]:
    words, name = WORDS[lang], scope_called(scope, lang)
    yield Heading(words["ranking"].format(scope=name))
    if not scope.rows:
        yield Paragraph(word_empty(scope, lang))
        yield from _lost(facts, scope, lang)
        return
    if facts.ordered:
        yield _chart(facts, scope, lang)
    yield _table(facts, scope, lang)
    for line in word_listing(scope, facts, lang):
        yield Paragraph(line)
    yield from _lost(facts, scope, lang)
    for case in cases:
        if case.scope == scope.scope:
            yield from _case(facts, case, lang)


def _is_gathered(facts: ReportFacts, scope: ScopeFacts) -> bool:
    """Whether a ranking that lacks its data has a line, not a chapter: of an index of indicators
    there may be a dozen."""
    return bool(scope.lacking) and not scope.rows and of_indicators(facts)


def _gathered(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    words, lacking = WORDS[lang], [one for one in facts.chapters if _is_gathered(facts, one)]
    if not lacking:
        return
    yield Heading(words["without_data"])
    yield TableBlock(
        words["without_data"],
        words["without_data_table"],
        [words["ranking_head"], words["lacking_head"]],
        [
            [
                scope_called(one, lang),
                words["list"].join(leaf.in_language(lang) for leaf in one.lacking),
            ]
            for one in lacking
        ],
    )
    for one in lacking:
        yield from _lost(facts, one, lang)


def _lost(facts: ReportFacts, scope: ScopeFacts, lang: Lang) -> Iterator[Block]:
    for lost in facts.lost:
        if lost.scope == scope.scope:
            yield Paragraph(word_lost(lost, lang), warns=True)


def _chart(facts: ReportFacts, scope: ScopeFacts, lang: Lang) -> Chart:
    words, name = WORDS[lang], scope_called(scope, lang)
    scored = [(row, row.index) for row in scope.top if row.index is not None]
    (first, high), (last, low) = scored[0], scored[-1]
    return Chart(
        title=words["ranking"].format(scope=name),
        caption=words["chart"].format(index=facts.title.in_language(lang), scope=name),
        text=words["bars"].format(
            scope=name,
            first=name_of_city(first.name, lang),
            high=f"{high:.2f}",
            last=name_of_city(last.name, lang),
            low=f"{low:.2f}",
        ),
        labels=[f"{row.rank} {name_of_city(row.name, lang)}" for row, _ in scored],
        values=[value for _, value in scored],
    )


def _table(facts: ReportFacts, scope: ScopeFacts, lang: Lang) -> TableBlock:
    words, name = WORDS[lang], scope_called(scope, lang)
    caption = words["table"].format(scope=name, state=state_called(facts, lang))
    if not facts.ordered:
        rows: list[list[TableCell]] = [[name_of_city(row.name, lang)] for row in scope.top]
        return TableBlock(name, caption, [words["city"]], rows)
    head = [words["rank"], words["city"], words["index"]]
    rows = [[row.rank, name_of_city(row.name, lang), row.index] for row in scope.top]
    if scope.compares:
        head.append(words["change"])
        for cells, row in zip(rows, scope.top, strict=True):
            cells.append(word_place_change(row, lang, compares=True))
    return TableBlock(name, caption, head, rows)


def _case(facts: ReportFacts, case: Case, lang: Lang) -> Iterator[Block]:
    words = WORDS[lang]
    called = {
        "city": name_of_city(case.standing.name, lang),
        "platform": case_called(case, lang),
    }
    yield Heading(words["case"].format(**called), level=2)
    yield Paragraph(word_case(case, lang))
    yield Paragraph(word_rule(case, lang))
    if case.picture is not None:
        at = local_stamp(case.picture.observed_at, facts.period.tz)
        caption = words["picture"].format(**called, at=at, sha=case.picture.sha256[:12])
        yield Picture(case.picture.jpeg, caption, words["picture_text"].format(**called))
    elif case.picture_lost:
        yield Paragraph(words["lost_picture"].format(why=case.picture_lost), warns=True)
    elif case.posts:
        yield Paragraph(words["no_picture"])


def _all_cities(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    words, scope = WORDS[lang], facts.scope(COMPOSITE)
    if not facts.ordered or not scope.rows:
        return
    parts = [one for one in facts.method.children(ROOT) if one.code in scope.rows[0].parts]
    scores = {one.scope: {row.city: row.index for row in one.rows} for one in facts.scopes}
    yield Heading(words["all"])
    yield TableBlock(
        words["all"],
        words["all_table"].format(state=state_called(facts, lang)),
        [words["rank"], words["city"], words["index"], *(p.name.in_language(lang) for p in parts)],
        [
            [row.rank, name_of_city(row.name, lang), row.index]
            + [_part(scores, row, part.code) for part in parts]
            for row in scope.rows
        ],
    )


def _part(scores: _ByScope, row: Standing, code: str) -> float | None:
    """A part's score as its own ranking has it, else as computed."""
    return scores[code].get(row.city) if code in scores else row.parts.get(code)


def _method(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    words, method = WORDS[lang], facts.method
    yield Heading(words["method"])
    version = facts.issue.method_version if facts.issue else method.version
    yield Paragraph(words["method_of"].format(id=method.id, version=version, hash=method.hash))
    yield _weights(facts, lang)
    rated = round(100 * facts.qualitative, 1)
    yield Paragraph(
        words["quality"].format(quantitative=f"{100 - rated:g}", qualitative=f"{rated:g}")
        if rated
        else words["no_quality"]
    )
    if facts.accounts:
        yield Paragraph(words["definitions"])
    yield Paragraph(words["rounding"])


def _weights(facts: ReportFacts, lang: Lang) -> TableBlock:
    """Of the first level; of a method of indicators all that it is made of."""
    words, method, share = WORDS[lang], facts.method, effective_weights(facts.method)
    if not of_indicators(facts):
        rows: list[list[TableCell]] = [
            [child.name.in_language(lang), round(100 * share[child.code], 2)]
            for child in method.children(ROOT)
        ]
        return TableBlock(words["method"], words["weights"], [words["item"], words["weight"]], rows)
    called = {node.code: node.name.in_language(lang) for node in method.nodes}
    called[ROOT] = words["composite"]
    rows = [
        [called[node.code], called[node.parent or ROOT], round(100 * share[node.code], 2)]
        for node in method.nodes
        if node.code != ROOT
    ]
    head = [words["item"], words["parent"], words["weight"]]
    return TableBlock(words["method"], words["weights"], head, rows)


def _coverage(facts: ReportFacts, lang: Lang) -> Iterator[Block]:
    words = WORDS[lang]
    yield Heading(words["coverage"])
    rows: list[list[TableCell]] = [
        [
            platform_called(one.platform, lang),
            one.collected,
            one.accounts,
            one.posts,
            None if one.read_at_cutoff is None else 100 * one.read_at_cutoff,
        ]
        for one in facts.coverage
    ]
    if rows:
        head = [words[key] for key in ("platform", "collected", "of", "count", "read")]
        yield TableBlock(words["coverage"], words["coverage_table"], head, rows)
    for line in word_gaps(facts, lang):
        yield Paragraph(line)
