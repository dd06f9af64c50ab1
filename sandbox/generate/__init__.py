"""Makes worlds from a seed: `python -m sandbox.generate --seed 7 --cities 20 --out FILE`.

The same seed gives the same world. It holds the odd cases on purpose: posts at the very edge of the
month, pinned, deleted, with hidden likes, closed comments, counters that fall, reposts, quotes, an
account without posts, and in the first city accounts of more than one page.
"""
