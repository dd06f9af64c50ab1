"""Months of a sandboxed world, on a simulated clock: what `demo` and `try` have in common.

walk        moves the clock from slot to slot, and waits for the visits
months      which months of a world, by which plan, and what is done when one is over
keeping     whose data lie there, and what is asked before they are emptied
patience    work that waits while a server is away
results     what is written about them
"""
