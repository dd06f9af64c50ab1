"""Tone of texts: what is scored, by whom, and how that is measured."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from media.errors import RulesError
from media.tone.cities import spearman
from media.tone.classifier import Classifier, TextTone, ToneLabel
from media.tone.embedding import Matrix, embedding_trouble, load_embedder
from media.tone.fitting import fitted_head, prototypes
from media.tone.head import HEAD, Head, HeadModel, load_head
from media.tone.labelled import LabelledText, read_labelled
from media.tone.lexicon import load_lexicon
from media.tone.measured import measured
from tests.media.tone.labelled import (
    FITTING,
    HELD_OUT,
    LANGUAGES,
    plain,
    posts,
    write_labelled,
)

_WIDTH = 64


class Words:
    """An embedding that knows the words of texts by their places."""

    def query(self, texts: list[str]) -> Matrix:
        rows = np.zeros((len(texts), _WIDTH), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in text.lower().split():
                rows[at, hashlib.sha256(word.encode()).digest()[0] % _WIDTH] += 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(lengths == 0, 1, lengths)


def _fitted(tmp_path: Path, texts: list[LabelledText]) -> Head:
    path = tmp_path / "head.json"
    path.write_text(fitted_head(Words(), "1.0", texts), "utf-8")
    return load_head(path)


def _texts(language: str = "en") -> list[LabelledText]:
    words = {
        ToneLabel.POSITIVE: "glimmer",
        ToneLabel.NEUTRAL: "table",
        ToneLabel.NEGATIVE: "murk",
    }
    return [
        LabelledText(language, label, f"{word} {number}")
        for label, word in words.items()
        for number in range(8)
    ]


def test_labelled_posts_are_what_they_shall_be() -> None:
    """200 distinct ones a language, fairly shared, in halves; no prototype is among them."""
    own = [post.text for post in posts()]
    assert len(own) == len(set(own)) == 200 * len(LANGUAGES)
    assert not {one.text for one in prototypes()} & ({*own} | {one.text for one in plain()})
    for language in LANGUAGES:
        mine = [post for post in posts() if post.language == language]
        labels = [post.label for post in mine]
        assert [labels.count(label) for label in ToneLabel] == [70, 60, 70]
        assert 80 <= sum(post.half == HELD_OUT for post in mine) <= 120
    assert len(posts(FITTING)) + len(posts(HELD_OUT)) == len(own)


def test_what_nobody_scores_is_unscored_and_never_neutral() -> None:
    tones = Classifier([load_lexicon()]).tones([("хорошо", "ru"), ("  ", "en"), ("good", "en")])
    assert tones[:2] == [None, None]
    assert tones[2] is not None
    (row,) = measured(Classifier([]), [LabelledText("ru", ToneLabel.POSITIVE, "хорошо")])
    assert (row["model"], row["scored"], row["macro_f1"]) == ("unscored", 0, None)
    assert row["rank_correlation_low"] is None


def test_a_head_learns_and_the_words_have_their_say(tmp_path: Path) -> None:
    model = HeadModel(Words(), _fitted(tmp_path, _texts()), load_lexicon())
    assert model.languages == {"en"}
    good, neither, bad = model.tones(["glimmer 1", "table 1", "murk 1"], "en")
    assert [one.label for one in (good, neither, bad)] == [
        ToneLabel.POSITIVE,
        ToneLabel.NEUTRAL,
        ToneLabel.NEGATIVE,
    ]
    assert 1 >= good.score > neither.score > bad.score >= -1
    without, with_word = model.tones(["table 1", "table 1 wonderful excellent"], "en")
    assert with_word.score > without.score
    assert model.tones([], "en") == []


def test_the_first_model_that_knows_a_language_scores_it(tmp_path: Path) -> None:
    words = load_lexicon()
    model = HeadModel(Words(), _fitted(tmp_path, _texts("de")), words)
    both = Classifier([model, words])
    assert both.model_of("de") is model
    assert both.model_of("en") is words
    assert both.model_of("ko") is None
    assert words.id in model.id


def test_fitting_is_always_the_same_and_needs_all_labels(tmp_path: Path) -> None:
    texts = _texts()
    assert fitted_head(Words(), "1.0", texts) == fitted_head(Words(), "1.0", texts)
    with pytest.raises(RulesError, match="en: expected texts of all three labels"):
        fitted_head(Words(), "1.0", texts[:16])


def test_the_shipped_head_belongs_to_the_sentences_and_the_half_for_fitting() -> None:
    """Whoever changes either fits it anew."""
    said = json.loads(HEAD.read_bytes())
    texts = [*prototypes(), *posts(FITTING)]
    lines = sorted(f"{one.language}\t{one.label}\t{one.text}\n" for one in texts)
    assert said["texts_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert said["texts"] == len(texts)
    assert load_head().constants.keys() == set(LANGUAGES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a head"),
        ("[]", "not a head"),
        ('{"release": "1", "constants": {}, "weights": [[1], [2]]}', "expected 3 rows"),
        ('{"release": "1", "constants": {"en": [1]}, "weights": [[1],[1],[1]]}', "expected 3 rows"),
        ('{"release": "1", "constants": {}, "weights": [[NaN],[1],[1]]}', "expected 3 rows"),
    ],
)
def test_a_head_that_cannot_be_used_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "head.json").write_text(text, "utf-8")
    with pytest.raises(RulesError, match=said):
        load_head(tmp_path / "head.json")


def test_sentences_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    with pytest.raises(RulesError, match="cannot be read"):
        prototypes(path)
    path.write_text("[sentences.en]\npositive = []\n", "utf-8")
    with pytest.raises(RulesError, match="is missing or not as expected"):
        prototypes(path)


@pytest.mark.slow
def test_intervals_hold_what_is_measured() -> None:
    german = [post for post in posts() if post.language == "de"]
    (row,) = measured(Classifier([load_lexicon()]), german)
    for name in ("macro_f1", "rank_correlation"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]
    told = TextTone(ToneLabel.POSITIVE, 1.0, "")

    class Always:
        id, languages = "always", frozenset({"de"})

        def tones(self, texts: list[str], language: str) -> list[TextTone]:
            return [told] * len(texts)

    (only,) = measured(Classifier([Always()]), [LabelledText("de", ToneLabel.POSITIVE, "gut")])
    assert (only["macro_f1_low"], only["macro_f1_high"]) == (1.0, 1.0)
    assert only["rank_correlation_low"] is None


def test_spearman_as_by_hand() -> None:
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(0.8)
    assert spearman([1, 2], [5, 5]) is None


def test_the_order_of_cities_needs_texts_of_both_kinds() -> None:
    only = [LabelledText("en", ToneLabel.POSITIVE, "good")]
    (row,) = measured(Classifier([load_lexicon()]), only)
    assert row["rank_correlation"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("language,label\nen,positive\n", "line 1: no column text"),
        ("language,label,text\nen,good,hello\n", "line 2: label 'good': expected one of"),
        ("language,label,text\n,positive,hello\n", "line 2: expected a language"),
    ],
)
def test_a_labelled_file_that_is_wrong_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.csv").write_text(text, "utf-8")
    with pytest.raises(RulesError, match=said):
        read_labelled(tmp_path / "x.csv")


def test_a_labelled_file_is_read_as_written(tmp_path: Path) -> None:
    write_labelled(tmp_path / "all.csv", plain())
    assert tuple(read_labelled(tmp_path / "all.csv")) == plain()
    assert len(plain()) == 8 * 204


@pytest.mark.long
def test_the_model_orders_cities_in_eight_languages(tmp_path: Path) -> None:
    """On posts and sentences that nothing was fitted to; prints the tables of docs/media.md."""
    if trouble := embedding_trouble():
        pytest.skip(trouble)
    embedder, release = load_embedder()
    head = load_head()
    assert release == head.release
    words = load_lexicon()
    model = Classifier([HeadModel(embedder, head, words)])
    for name, texts in (("held out", posts(HELD_OUT)), ("plain", plain())):
        lists = {row["language"]: row for row in measured(Classifier([words]), texts)}
        for row in measured(model, texts):
            shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}
            sys.stdout.write(f"{name}: {shown}\n")
            assert row["rank_correlation"] >= 0.85, row
            assert row["macro_f1"] >= 0.85, row
            least = lists[row["language"]]
            assert row["macro_f1"] >= least["macro_f1"], (row, least)
            if name == "held out":
                assert row["rank_correlation"] >= least["rank_correlation"], (row, least)
    again = tmp_path / "head.json"
    again.write_text(
        fitted_head(embedder, release, [*prototypes(), *posts(FITTING)]), encoding="utf-8"
    )
    assert np.abs(load_head(again).weights - head.weights).max() < 0.05
