"""Who is told when something is wrong: rules as data, channels, and a memory of what was told.

A problem is told once, grouped with the others, again after a day if it lasts, and once more when
it is over.
"""
