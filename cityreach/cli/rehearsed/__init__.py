"""Rehearsals: the demo, `try`, and what goes wrong in them."""
