"""The five platforms on loopback, serving a world file: for the demo, tests and benchmarks.

world, worldfile   what a world holds, and how it is read
clock, limits,     the sandbox's own time, the platforms' limits,
usage, faults      what was used of them, and what shall go wrong
directory          who is found under which id or handle at present
platforms/, web/   the official APIs; the public pages
app, serve         the server; control sets clock, faults, limits; generate makes worlds
"""
