"""`python -m sandbox.generate`: writes a world file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import sandbox.generate
from sandbox.generate.maker import WORLD_CITIES, generate


def _main() -> int:
    """Writes a world file; 2 if the arguments cannot be used."""
    parser = argparse.ArgumentParser(prog="sandbox.generate", description=sandbox.generate.__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cities", type=int, default=20, help=f"1 to {len(WORLD_CITIES)}")
    parser.add_argument("--month", default="2025-05", help="YYYY-MM, in Asia/Shanghai")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl.gz")
    arguments = parser.parse_args()
    try:
        world = generate(arguments.seed, arguments.cities, arguments.month)
        arguments.out.write_bytes(world)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main())
