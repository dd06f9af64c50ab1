"""Tone of texts: what is scored, by whom, and how that is measured."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

from media.errors import RulesError
from media.tone.axis import AXIS, AxisModel, Matrix, axis_trouble, load_axis
from media.tone.classifier import Classifier, ToneLabel
from media.tone.lexicon import load_lexicon
from media.tone.measured import LabelledText, fitted, measured, read_labelled, spearman
from tests.media.tone.labelled import LANGUAGES, labelled, write_labelled


class Words:
    """An embedding that knows the words of the labelled sentences by their places."""

    def query(self, texts: list[str]) -> Matrix:
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in text.lower().split():
                rows[at, hashlib.sha256(word.encode()).digest()[0] % 64] += 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(lengths == 0, 1, lengths)


def test_english_by_the_list_of_words() -> None:
    model = load_lexicon()
    told = {
        "What a wonderful evening": ToneLabel.POSITIVE,
        "Not a wonderful evening, never again": ToneLabel.NEGATIVE,
        "The museum opens at nine": ToneLabel.NEUTRAL,
        "They didn’t help us and it was terrible": ToneLabel.NEGATIVE,
    }
    assert [tone.label for tone in model.tones([*told], "en")] == [*told.values()]
    for row in measured(Classifier([model]), labelled()):
        if row["language"] == "en":
            assert row["scored"] == row["texts"] == 204
            assert row["macro_f1"] > 0.6
        else:
            assert (row["model"], row["scored"], row["macro_f1"]) == ("unscored", 0, None)


def test_what_nobody_scores_is_unscored_and_never_neutral() -> None:
    tones = Classifier([load_lexicon()]).tones([("很好", "zh"), ("  ", "en"), ("good", "en")])
    assert tones[:2] == [None, None]
    assert tones[2] is not None
    assert tones[2].model.startswith("lexicon-en ")


def test_the_first_model_that_knows_a_language_scores_it() -> None:
    axis = load_axis(AXIS, Words())
    both = Classifier([axis, load_lexicon()])
    assert both.model_of("en") is axis
    assert both.model_of("ko") is None
    assert axis.languages == set(LANGUAGES)
    good, bad = both.tones(
        [
            ("What a wonderful evening, I would come back tomorrow.", "en"),
            ("What a terrible evening, I will never come back.", "en"),
        ]
    )
    assert good is not None
    assert bad is not None
    assert good.score > bad.score
    assert good.model == axis.id


def test_thresholds_are_fitted_where_f1_is_greatest() -> None:
    scores = {
        "xx": [
            *((ToneLabel.NEGATIVE, -1 + n / 100) for n in range(40)),
            *((ToneLabel.NEUTRAL, n / 100) for n in range(20)),
            *((ToneLabel.POSITIVE, 1 + n / 100) for n in range(40)),
        ]
    }
    limits = fitted(scores)["xx"]
    assert -0.61 <= limits["baseline"] + limits["negative"] <= 0.0
    assert 0.19 <= limits["baseline"] + limits["positive"] <= 1.0


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
    write_labelled(tmp_path / "all.csv", labelled())
    found = read_labelled(tmp_path / "all.csv")
    assert tuple(found) == labelled()
    assert len(found) == 8 * 204


@pytest.mark.long
def test_the_model_orders_cities_in_eight_languages() -> None:
    """On sentences that the thresholds have not seen; prints the table of docs/media.md."""
    if trouble := axis_trouble():
        pytest.skip(trouble)
    model, words = load_axis(), load_lexicon()
    assert isinstance(model, AxisModel)
    rows = measured(Classifier([model]), labelled(1))
    (english,) = [r for r in measured(Classifier([words]), labelled(1)) if r["scored"]]
    for row in rows:
        shown = {k: round(v, 2) if isinstance(v, float) else v for k, v in row.items()}
        sys.stdout.write(f"{shown}\n")
        assert row["rank_correlation"] >= 0.75, row
        assert row["macro_f1"] >= 0.5, row
    (ours,) = [row for row in rows if row["language"] == "en"]
    assert ours["macro_f1"] >= english["macro_f1"]
