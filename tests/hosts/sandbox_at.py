"""The sandbox at an address that other hosts reach: `python -m tests.hosts.sandbox_at IP WORLD`.

`cityreach sandbox` serves this machine alone, and is to.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sandbox import serve as serving

PORT = 8940


def main(ip: str, world: str) -> None:
    """Blocks until SIGTERM."""
    serving.HOST = ip
    serving.serve(Path(world), PORT, control=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
