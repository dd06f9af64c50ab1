"""The classifier of this machine: the model where it can be used, else the lists of words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from media.errors import RulesError
from media.tone.classifier import Classifier
from media.tone.embedding import PACKAGE, embedding_trouble, load_embedder
from media.tone.fitting import fitted_head, prototypes
from media.tone.head import HeadModel, load_head
from media.tone.labelled import LabelledText, read_labelled
from media.tone.lexicon import load_lexicon


def ready_classifier() -> tuple[Classifier, str]:
    """The classifier, and what it lacks in words; empty if nothing."""
    words, trouble = load_lexicon(), embedding_trouble()
    if not trouble:
        head, (embedder, release) = load_head(), load_embedder()
        if release == head.release:
            return Classifier([HeadModel(embedder, head, words)]), ""
        trouble = f"{PACKAGE} {release} is installed, the head is fitted to {head.release}"
    return Classifier([words]), f"{trouble}: by lists of words alone"


def fitted_text(path: Path) -> str:
    """The head's file, fitted to the sentences of the rules and a labelled file. Raises RulesError
    where the model cannot be used or a language lacks a label."""
    if trouble := embedding_trouble():
        raise RulesError(f"a head is fitted to the model's embeddings: {trouble}")
    texts: Sequence[LabelledText] = [*prototypes(), *read_labelled(path)]
    return fitted_head(*load_embedder(), texts)
