"""The Graph API's `fields` language: reading it, writing it, and pruning by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.graph.fields import Field, FieldSyntaxError, fields_text, parse_fields, prune


def test_names_modifiers_aliases_and_nesting() -> None:
    text = "id, comments.limit(0).summary(true) ,reactions.type(LOVE).as(love){id,name{first}}"
    plain, comments, love = parse_fields(text)
    assert plain == Field("id", "id")
    assert comments == Field("comments", "comments", {"limit": "0", "summary": "true"})
    assert (love.name, love.alias, love.args) == ("reactions", "love", {"type": "LOVE"})
    assert [field.name for field in love.sub] == ["id", "name"]
    assert love.sub[1].sub == (Field("first", "first"),)


def test_modifiers_may_follow_the_nested_fields() -> None:
    (media,) = parse_fields("media{id}.limit(5).after(abc=)")
    assert media == Field("media", "media", {"limit": "5", "after": "abc="}, (Field("id", "id"),))


def test_nothing_asks_for_nothing() -> None:
    assert parse_fields("") == parse_fields(" , ") == ()


@pytest.mark.parametrize(
    "text", ["a{", "a}", "a.b", "a.limit", "a b", "(x)", "a{b}{", "1a", "a" + "{a" * 40 + "}" * 40]
)
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(FieldSyntaxError):
        parse_fields(text)


names = st.from_regex(r"[a-z][a-z_]{0,6}", fullmatch=True).filter(lambda name: name != "as")
values = st.from_regex(r"[A-Za-z0-9=_-]{1,8}", fullmatch=True)


def field_of(children: st.SearchStrategy[Field]) -> st.SearchStrategy[Field]:
    return st.builds(
        Field,
        names,
        names,
        st.dictionaries(names, values, max_size=2),
        st.tuples(children),
    )


leaves = st.builds(Field, names, names, st.dictionaries(names, values, max_size=2))
fields = st.recursive(leaves, field_of, max_leaves=4)


@pytest.mark.slow
@given(st.lists(fields, max_size=3).map(tuple))
def test_what_is_written_is_read_back(asked: tuple[Field, ...]) -> None:
    assert parse_fields(fields_text(asked)) == asked


@given(st.text(alphabet="ab.,{}() ", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        asked = parse_fields(text)
    except FieldSyntaxError:
        return
    assert parse_fields(fields_text(asked)) == asked


def test_pruning_goes_through_lists_and_renames() -> None:
    value = {"data": [{"a": 1, "b": {"c": 2, "d": 3}}, {"a": 4}], "paging": {}}
    pruned = prune(value, parse_fields("b.as(x){d},none"))
    assert pruned == {"data": [{"x": {"d": 3}}, {}], "paging": {}}
    assert prune("text", parse_fields("a")) == "text"
    assert prune(value, ()) is value
