"""Becomes another program that ends with its parent. Run by its path, never imported:

    python -I -S shim.py PARENT_PID SIGNAL PROGRAM ARGUMENT…

Linux sends SIGNAL when the thread that started the process ends (prctl(2), PR_SET_PDEATHSIG); the
setting outlives execve(2). Elsewhere the program runs without this.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, death_signal: int, program: list[str]) -> int:
    """Does not return unless the program cannot be had or the parent is already gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        return 1
    # The interpreter ignores these two, and what is ignored stays so in the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execvp(program[0], program)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{program[0]} cannot be started: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    sys.exit(become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
