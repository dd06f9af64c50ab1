"""The nouns of CityReach: plain values, no I/O.

Everything else in the project may import this package; it imports nothing of the project.
"""
