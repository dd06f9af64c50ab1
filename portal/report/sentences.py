"""Sentences of a report: from facts and numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from model.platforms import FACTS
from model.untrusted import visible_line
from portal.report.cases import Case, CaseRule
from portal.report.facts import TOP_TEN, LostChoice, ReportFacts, ScopeFacts, Standing
from portal.report.numbers import count_words, ordinal, small_number
from portal.report.wording import WORDS
from portal.wording import local_stamp, word_as_of
from scoring.method.tree import Title
from scoring.publish.top import COMPOSITE
from scoring.publish.wording import Lang, word_breaks, word_exclusion, word_qualitative

_TOLD = {
    "youtube": ("views", "view_rate", "follower_gain"),
    "tiktok": ("views", "view_rate", "follower_gain"),
}
_TOLD_ELSEWHERE = ("interactions", "interaction_rate", "follower_gain")
_RATE_OF = {"interaction_rate": "posts", "view_rate": "videos"}


def told_measures(platform: str) -> tuple[str, ...]:
    """The measures that a case of a platform tells, beside its posts; none of any other scope."""
    return _TOLD.get(platform, _TOLD_ELSEWHERE) if platform in FACTS else ()


def name_of_city(title: Title, lang: Lang) -> str:
    """A name of foreign origin, on one line."""
    return visible_line(title.in_language(lang))


def platform_called(platform: str, lang: Lang) -> str:
    """脸书, X平台, 照片墙, 优兔, TikTok; Facebook …"""
    return FACTS[platform].name(lang)


def scope_called(scope: ScopeFacts, lang: Lang) -> str:
    """The composite, a platform, or an inner node of the method."""
    if scope.scope == COMPOSITE:
        return WORDS[lang]["composite"]
    return scope.name.in_language(lang)


def state_called(facts: ReportFacts, lang: Lang) -> str:
    """Frozen, revised or provisional."""
    issue = facts.issue
    return WORDS[lang]["provisional" if issue is None else issue.state]


def edition_called(facts: ReportFacts, lang: Lang) -> str:
    """The first edition, or the number of the revision."""
    revision = facts.issue.revision if facts.issue else 0
    return WORDS[lang]["edition" if revision else "first_edition"].format(revision=revision)


def word_place_change(row: Standing, lang: Lang, *, compares: bool) -> str:
    """持平, 上升五位, 跻身前十; level, up five places, enters the top ten; empty where the month
    before is not known."""
    words = WORDS[lang]
    if not compares or row.rank is None:
        return ""
    if row.change is None:
        return words["entered"] if row.enters else words["no_previous"]
    moved = word_moved(row.change, lang)
    return words["clause"].join([moved, words["entered"]]) if row.enters else moved


def word_moved(change: int, lang: Lang) -> str:
    """Places gained or lost in the field's words."""
    words = WORDS[lang]
    if change == 0:
        return words["same"]
    places = "place" if abs(change) == 1 else "places"
    key = "up" if change > 0 else "down"
    return words[key].format(n=small_number(abs(change), lang), places=places)


def word_state(facts: ReportFacts, lang: Lang) -> Iterator[str]:
    """What must be said of the issue's state; nothing of a plain frozen one."""
    words, issue = WORDS[lang], facts.issue
    if issue is None:
        final = facts.now >= facts.period.cutoff
        why = words["unfrozen"] if final else word_as_of(facts.period, facts.now, lang)
        # A month that still runs says "provisional" itself.
        why = why.removeprefix("provisional: ").removeprefix("暂定：")
        yield words["provisional_long"].format(why=why)
    elif issue.reason:
        yield words["reason"].format(reason=visible_line(issue.reason))
    if issue is not None and issue.despite:
        yield words["despite"].format(reason=visible_line(issue.despite))
    if facts.other_method:
        yield words["other_method"]


def word_span(facts: ReportFacts, lang: Lang) -> str:
    """First and last day, zone, cut-off."""
    period = facts.period
    last = period.end - timedelta(seconds=1)
    return WORDS[lang]["span"].format(
        start=local_stamp(period.start, period.tz)[:10],
        end=local_stamp(last, period.tz)[:10],
        zone=period.tz,
        cutoff=local_stamp(period.cutoff, period.tz),
    )


def word_panel(facts: ReportFacts, lang: Lang) -> str:
    """Cities, accounts, platforms, and which of these do not count."""
    words = WORDS[lang]
    if not facts.accounts:
        return words["panel_bare"].format(cities=facts.cities)
    named = [platform_called(one.platform, lang) for one in facts.coverage if one.accounts]
    platforms = words["list"].join(named)
    said = words["panel"].format(cities=facts.cities, accounts=facts.accounts, platforms=platforms)
    outside = [one for one in facts.scopes if one.accounts and not one.in_composite]
    more = [
        words["outside"].format(platform=scope_called(one, lang), n=one.accounts) for one in outside
    ]
    return words["joint"].join([said, *more])


def word_general(facts: ReportFacts, lang: Lang) -> str:
    """Who leads, who is in the top ten, who is new there."""
    words, scope = WORDS[lang], facts.scope(COMPOSITE)
    if not scope.rows:
        return word_empty(scope, lang) if scope.lacking else words["nobody"]
    unranked = facts.cities - facts.ranked
    key = "ranked" if unranked else "ranked_all"
    said = [words[key].format(ranked=facts.ranked, unranked=unranked)]
    names = words["list"].join(name_of_city(row.name, lang) for row in scope.top)
    first = scope.rows[0]
    if first.index is not None:
        said.append(
            words["leads"].format(city=name_of_city(first.name, lang), index=f"{first.index:.2f}")
        )
    said.append(words["top"].format(cities=names))
    said += word_listing(scope, facts, lang)
    if facts.ordered:
        said.append(_news(scope.top, lang) if scope.compares else words["no_before"])
    return words["joint"].join(said)


def _news(top: Sequence[Standing], lang: Lang) -> str:
    words = WORDS[lang]
    new = [name_of_city(row.name, lang) for row in top if row.enters]
    return words["news"].format(cities=words["list"].join(new)) if new else words["no_news"]


def word_listing(scope: ScopeFacts, facts: ReportFacts, lang: Lang) -> Iterator[str]:
    """What a reader must know of a list of ten: unordered, shorter, or longer by a tie."""
    words = WORDS[lang]
    if not facts.ordered:
        yield words["unordered"]
    elif len(scope.rows) < TOP_TEN:
        yield words["few" if len(scope.rows) > 1 else "few_one"].format(n=len(scope.rows))
    elif len(scope.top) > TOP_TEN:
        tied = [row for row in scope.top if row.rank == scope.top[-1].rank]
        yield words["tied_tenth"].format(n=len(tied))


def word_empty(scope: ScopeFacts, lang: Lang) -> str:
    """Why nobody is ranked in a scope."""
    words, name = WORDS[lang], scope_called(scope, lang)
    if scope.lacking:
        what = words["list"].join(title.in_language(lang) for title in scope.lacking)
        return words["lacking"].format(what=what)
    key = "no_accounts" if scope.accounts == 0 else "no_ranking"
    return words[key].format(platform=name)


def word_case(case: Case, lang: Lang) -> str:
    """A case's place, its numbers, how these changed, and what is not known of it."""
    words = WORDS[lang]
    parts = (_place(case, lang), _places(case, lang), _numbers(case, lang), _changes(case, lang))
    said = [words["clause"].join(clauses) for part in parts if (clauses := list(part))]
    said += [*_best(case, lang), *_unknown(case, lang)]
    return words["joint"].join(_sentence(part, lang) for part in said)


def _sentence(text: str, lang: Lang) -> str:
    return f"{text[:1].upper()}{text[1:]}{WORDS[lang]['stop']}"


def case_called(case: Case, lang: Lang) -> str:
    """The scope of a case: a platform, else the composite."""
    if case.scope in FACTS:
        return platform_called(case.scope, lang)
    return WORDS[lang]["composite"]


def _place(case: Case, lang: Lang) -> Iterator[str]:
    words, row = WORDS[lang], case.standing
    city, platform = name_of_city(row.name, lang), _where(case, lang)
    if row.rank is None:
        yield words["no_place"].format(city=city, platform=platform)
        return
    yield words["place"].format(city=city, platform=platform, rank=_rank(row.rank, lang))
    if not case.compares:
        return
    if row.change == 0:
        yield words["level"]
    elif row.change is not None:
        yield words["against"].format(change=word_moved(row.change, lang))
    if row.enters:
        yield words["entered"]


def _where(case: Case, lang: Lang) -> str:
    key = "on" if case.scope in FACTS else "in"
    return WORDS[lang][key].format(platform=case_called(case, lang))


def _rank(rank: int, lang: Lang) -> str:
    return small_number(rank, lang) if lang == "zh" else ordinal(rank)


def _places(case: Case, lang: Lang) -> Iterator[str]:
    """Of a case of the composite."""
    words = WORDS[lang]
    for at, (platform, rank) in enumerate(case.places.items()):
        said = words["place_there"].format(
            platform=platform_called(platform, lang), rank=_rank(rank, lang)
        )
        yield said if at else f"{words['platforms']}{said}"


def _numbers(case: Case, lang: Lang) -> list[str]:
    words, measures = WORDS[lang], case.measures or {}
    names = ("posts", *told_measures(case.scope))
    said = [
        words[name].format(n=count_words(value, lang))
        for name in names
        if (value := measures.get(name)) is not None
        # A mean over nothing is no number, whatever a method makes of it.
        and (name not in _RATE_OF or measures.get(_RATE_OF[name], 1) != 0)
    ]
    return [f"{words['month']}{said[0]}", *said[1:]] if said else []


def _changes(case: Case, lang: Lang) -> Iterator[str]:
    """Of the volume and the rate."""
    words = WORDS[lang]
    for name in told_measures(case.scope)[:2]:
        now, was = ((known or {}).get(name) for known in (case.measures, case.before))
        if now is None or not was:
            continue
        percent = round((now - was) / was * 100, 1)
        key = "grew" if percent > 0 else "fell" if percent < 0 else "stayed"
        yield words[key].format(what=words[f"name_{name}"], percent=count_words(abs(percent), lang))


def _best(case: Case, lang: Lang) -> Iterator[str]:
    words, said = WORDS[lang], []
    for at, post in enumerate(case.posts):
        key = "best_next" if at else f"best_{post.measure}"
        url = visible_line(post.url) or words["no_url"]
        said.append(words[key].format(n=count_words(post.value, lang), url=url))
    if said:
        yield words["clause"].join(said)


def _unknown(case: Case, lang: Lang) -> Iterator[str]:
    """Which numbers of a platform's case are missing, and why; never a zero for them."""
    words, told = WORDS[lang], told_measures(case.scope)
    if not told:
        return
    if case.measures is None:
        yield words["accountless"].format(platform=platform_called(case.scope, lang))
    elif not case.measures:
        yield words["unmeasured"]
    elif lacking := [name for name in told if case.measures.get(name) is None]:
        names = words["list"].join(words[f"name_{name}"] for name in lacking)
        yield words["unshown"].format(what=names)


def word_rule(case: Case, lang: Lang) -> str:
    """By which rule the case was chosen."""
    words = WORDS[lang]
    measure = words[f"name_{case.posts[0].measure}"] if case.posts else ""
    return words[f"rule_{case.rule}"].format(
        measure=measure if case.rule is CaseRule.BREAKOUT else ""
    )


def word_lost(lost: LostChoice, lang: Lang) -> str:
    """That a ranking or a case which the editors chose is not there, why, and what is instead."""
    words = WORDS[lang]
    if not lost.city:
        return words["lost_ranking"].format(scope=visible_line(lost.scope))
    where = words["composite"] if lost.scope == COMPOSITE else name_of_city(lost.where, lang)
    why = words[f"lost_{lost.why}"]
    return words["lost_case"].format(city=name_of_city(lost.name, lang), scope=where, why=why)


def word_gaps(facts: ReportFacts, lang: Lang) -> Iterator[str]:
    """Exclusions, accounts that are not whole, ratings, breaks, names."""
    words = WORDS[lang]
    if facts.accounts:
        yield words["doubtful"].format(n=facts.doubtful) if facts.doubtful else words["whole"]
    alike: dict[str, list[str]] = {}
    for title, one in facts.exclusions:
        why = word_exclusion(one, facts.method, lang)
        alike.setdefault(why, []).append(name_of_city(title, lang))
    left_out = [
        words["excluded_one"].format(city=words["list"].join(cities), why=why)
        for why, cities in alike.items()
    ]
    listed = words["excluded"].format(cities=words["item_join"].join(left_out))
    if left_out or facts.scope(COMPOSITE).rows:
        yield listed if left_out else words["none_excluded"]
    if unrated := word_qualitative(facts.result, lang):
        yield _sentence(unrated, lang)
    if any(scope.compares for scope in facts.scopes):
        told = _sentence(word_breaks(facts.breaks, lang), lang)
        yield told if facts.breaks else words["no_breaks"]
    if facts.nameless:
        yield words["nameless"].format(cities=words["list"].join(facts.nameless))
