"""What weights amount to at the root."""

from __future__ import annotations

from scoring.method.tree import ROOT, Method


def effective_weights(method: Method) -> dict[str, float]:
    """Each node's share of the root: the product of the relative weights on its way up."""
    share = {ROOT: 1.0}
    for node in reversed(method.upwards):
        children = method.children(node.code)
        total = sum(child.weight for child in children)
        for child in children:
            share[child.code] = share[node.code] * child.weight / total if total > 0 else 0.0
    return share


def depth(method: Method, code: str) -> int:
    """Steps from the root: 0 for the root itself. Raises UnknownName."""
    return sum(1 for _ in method.lineage(code)) - 1


def height(method: Method, code: str) -> int:
    """Level as handbooks count it: 1 for a leaf, one more than its highest child for others."""
    children = method.children(code)
    return 1 + max((height(method, child.code) for child in children), default=0)
