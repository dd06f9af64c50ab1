"""`python -m bench [NAME]…`: all benchmarks, or those named; each prints its own figures."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Runs each in a process of its own, so that none warms or fills another one's memory."""
    known = sorted(path.stem.removesuffix("_bench") for path in FOLDER.glob("*_bench.py"))
    unknown = set(wanted) - set(known)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return 2
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {load}"
    )
    codes = []
    for name in wanted or known:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"bench.{name}_bench"]
        codes.append(subprocess.run(command, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
