"""Answers of www.instagram.com that are no page to be read."""

from __future__ import annotations

from crawler.contract import Answer


def check_page(answer: Answer) -> None:
    """Raises what a public page's answer stands for if it holds nothing to read."""
