"""Months of a sandboxed world, on a simulated clock: what `demo` and `try` have in common.

demo        months in turn, their results and report
trial       a month with your settings, at speed
world_run   servers, sandbox and parts of both, and their two clocks
shown_portal, readers
            the portal of a rehearsal, and one reader of each role
walk        moves the clock from slot to slot, and waits for the visits
months      which months of a world, by which plan, and what is done when one is over
closing     what a demo says at its end
duties      the scheduler's jobs on a simulated clock, and how fast that runs
faults      what goes wrong at the sandbox, from the command line
keeping     whose data lie there, and what is asked before they are emptied
patience    work that waits while a server is away
notice      the file by which commands in other shells find a rehearsal
results     what is written about them
"""
