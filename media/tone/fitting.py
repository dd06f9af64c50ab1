"""Fits the head: multinomial logistic regression with a ridge, by Newton's method; always the same.

Each language's embeddings are centred on their mean, so that a language's place in the embedding
tells nothing of tone; the centres end up in the constants by language.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.errors import RulesError
from media.tone.embedding import Embedder, embedded
from media.tone.head import LABELS, Numbers, softmax
from media.tone.labelled import LabelledText

SENTENCES = Path(__file__).parent.parent / "rules" / "tone-sentences.toml"
_RIDGE = 2e-4
"""Of the weights; of the constants so small that it only keeps them finite."""
_STEPS = 50
_DIGITS = 4


def prototypes(path: Path = SENTENCES) -> list[LabelledText]:
    """The sentences of the rules. Raises RulesError."""
    try:
        rules = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        return [
            LabelledText(language, label, sentence)
            for language, own in rules["sentences"].items()
            for label in LABELS
            for sentence in own[label.value]
        ]
    except (OSError, ValueError) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise RulesError(f"{path}: {error} is missing or not as expected") from None


def fitted_head(embedder: Embedder, release: str, texts: Sequence[LabelledText]) -> str:
    """The head's file, as JSON. Raises RulesError where a language lacks a label."""
    languages = sorted({one.language for one in texts})
    for language in languages:
        if {one.label for one in texts if one.language == language} != set(LABELS):
            raise RulesError(f"{language}: expected texts of all three labels")
    rows = embedded(embedder, [one.text for one in texts]).astype(np.float64)
    of = np.array([languages.index(one.language) for one in texts])
    centres = np.array([rows[of == at].mean(axis=0) for at in range(len(languages))])
    labels = np.array([LABELS.index(one.label) for one in texts])
    fitted = logistic(rows - centres[of], labels)
    weights, constant = fitted[:, :-1], fitted[:, -1]
    return _document(
        {
            "release": release,
            "texts": len(texts),
            "texts_sha256": _digest(texts),
            "constants": {
                language: _rounded(constant - weights @ centre)
                for language, centre in zip(languages, centres, strict=True)
            },
            "weights": [_rounded(row) for row in weights],
        }
    )


def logistic(rows: Numbers, labels: NDArray[Any]) -> Numbers:
    """A row a label: weights, and the constant last."""
    count, width, kinds = len(rows), rows.shape[1] + 1, len(LABELS)
    wide = np.hstack([rows, np.ones((count, 1))])
    ridge = np.full(width, _RIDGE)
    ridge[-1] *= 1e-3
    aims, found = np.eye(kinds)[labels], np.zeros((kinds, width))
    for _ in range(_STEPS):
        chances = softmax(wide @ found.T)
        slope = (chances - aims).T @ wide / count + ridge * found
        step = np.linalg.solve(_curvature(wide, chances, ridge), slope.ravel())
        found -= step.reshape(kinds, width)
        if np.abs(step).max() < 1e-9:
            break
    return found


def _curvature(wide: Numbers, chances: Numbers, ridge: Numbers) -> Numbers:
    kinds = chances.shape[1]
    blocks = [
        [
            (wide.T * (chances[:, one] * ((one == two) - chances[:, two]))) @ wide / len(wide)
            + (one == two) * np.diag(ridge)
            for two in range(kinds)
        ]
        for one in range(kinds)
    ]
    return np.block(blocks)


def _digest(texts: Sequence[LabelledText]) -> str:
    lines = sorted(f"{one.language}\t{one.label}\t{one.text}\n" for one in texts)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _rounded(values: Numbers) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]


def _document(parts: dict[str, Any]) -> str:
    """JSON, a line for each row of weights."""
    lines = [f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in parts.items()]
    return "{\n" + ",\n".join(lines).replace("], [", "],\n    [") + "\n}\n"
