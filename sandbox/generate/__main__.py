"""`python -m sandbox.generate`: writes a world file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import sandbox.generate
from sandbox.generate.maker import WORLD_CITIES, generate
from sandbox.generate.seasons import generate_months


def _main() -> int:
    """Writes a world file; 2 if the arguments cannot be used."""
    parser = argparse.ArgumentParser(prog="sandbox.generate", description=sandbox.generate.__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cities", type=int, default=20, help=f"1 to {len(WORLD_CITIES)}")
    parser.add_argument("--month", default="2025-05", help="YYYY-MM, in Asia/Shanghai")
    parser.add_argument("--months", type=int, default=1, help="so many, up to --month")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl.gz")
    arguments = parser.parse_args()
    try:
        world = _world(arguments)
        arguments.out.write_bytes(world)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _world(arguments: argparse.Namespace) -> bytes:
    seed, cities, month = arguments.seed, arguments.cities, arguments.month
    if arguments.months == 1:
        return generate(seed, cities, month)
    return generate_months(seed, cities, month, arguments.months)


if __name__ == "__main__":
    sys.exit(_main())
