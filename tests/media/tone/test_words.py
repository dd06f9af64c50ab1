"""Lists of words: what is read of a text in each language, and what a wrong list says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from media.errors import RulesError
from media.tone.classifier import Classifier, ToneLabel
from media.tone.lexicon import load_lexicon
from media.tone.measured import measured
from media.tone.words import FOLDER, WORD_LANGUAGES, load_words
from tests.media.tone.labelled import LANGUAGES, plain, posts

_GOOD, _BAD, _NEITHER = ToneLabel.POSITIVE, ToneLabel.NEGATIVE, ToneLabel.NEUTRAL


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en", "What a wonderful evening", _GOOD),
        ("en", "Not a wonderful evening, never again", _BAD),
        ("en", "They didn’t enjoy it at all", _BAD),
        ("en", "The museum opens at nine", _NEITHER),
        ("en", "Tomorrow in the park 😍", _GOOD),
        ("de", "Das war ein WUNDERSCHÖNER Abend", _GOOD),
        ("de", "Kein schöner Abend", _BAD),
        ("de", "Laut Fahrplan fährt der Zug nach Brandenburg um acht", _NEITHER),
        ("es", "¡Qué maravillosa tarde!", _GOOD),
        ("es", "No me gustó nada", _BAD),
        ("pt", "O serviço é péssimo", _BAD),
        ("pt", "Um morro ao lado do rio", _NEITHER),
        ("it", "L’orribile sala", _BAD),
        ("it", "Noi, le persone di Marco", _NEITHER),
        ("ar", "والطعام اللذيذ", _GOOD),
        ("ar", "مدينة رَائِعَة", _GOOD),
        ("ar", "ليس جميلا", _BAD),
        ("zh", "夜景太美了", _GOOD),
        ("zh", "服务不好", _BAD),
        ("zh", "住得不舒服", _BAD),
        ("zh", "贵州美术馆周一闭馆", _NEITHER),
        ("ja", "料理が美味しかった", _GOOD),
        ("ja", "料理は美味しくなかった", _BAD),
        ("ja", "金曜日の便の料金", _NEITHER),
    ],
)
def test_texts_by_their_words(language: str, text: str, label: ToneLabel) -> None:
    (tone,) = load_lexicon().tones([text], language)
    assert tone.label is label, tone
    assert tone.model.startswith("lexicon ")


def test_a_word_counts_once_and_by_its_longest_form() -> None:
    words, _ = load_words("zh")
    assert words.total("臭豆腐") == 0
    assert words.total("点赞点赞") == 2 * words.weights["点赞"]
    assert words.total("") == 0


@pytest.mark.slow
def test_all_languages_have_a_list_and_are_measured_by_it() -> None:
    """On plain sentences, which the lists were not written for; figures stand in docs/media.md."""
    model = load_lexicon()
    assert model.languages == set(WORD_LANGUAGES) == set(LANGUAGES)
    for row in measured(Classifier([model]), plain()):
        assert row["scored"] == row["texts"] == 204
        assert row["macro_f1"] >= 0.65, row
        assert row["rank_correlation"] >= 0.85, row


def test_no_list_names_a_whole_labelled_post() -> None:
    texts = {post.text for post in posts()} | {one.text for one in plain()}
    for language in WORD_LANGUAGES:
        words, _ = load_words(language)
        assert not texts & {*words.weights, *words.starts}


@pytest.mark.parametrize(
    "row",
    ["tone,good,9", "tone,good,", "tone,,1", "mood,good,1", "negation,not,1", "tone,wonderful*,2"],
)
def test_a_wrong_list_names_its_line(tmp_path: Path, row: str) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "lexicon")
    path = folder / "en.csv"
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n{row}\n", "utf-8")
    line = len(path.read_text("utf-8").splitlines())
    with pytest.raises(RulesError, match=f"en.csv, line {line}: expected a kind"):
        load_lexicon(folder)


def test_a_list_without_a_column_or_file_is_told(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "lexicon")
    (folder / "de.csv").write_text("word,weight\n", "utf-8")
    with pytest.raises(RulesError, match=r"de\.csv, line 1: no column kind"):
        load_lexicon(folder)
    (folder / "de.csv").unlink()
    with pytest.raises(RulesError, match=r"de\.csv: cannot be read"):
        load_lexicon(folder)
