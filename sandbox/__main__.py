"""`python -m sandbox --world FILE --port N`: the five platforms on 127.0.0.1."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from sandbox.serve import serve
from sandbox.world.file import WorldError

_EXIT_USAGE = 2


def _moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone; expected …Z or …+00:00")
    return value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--world", type=Path, required=True, metavar="FILE", help="world file")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument(
        "--now", type=_moment, metavar="ISO", help="the clock's time (default: the world's start)"
    )
    parser.add_argument(
        "--rate", type=float, default=0.0, help="how fast the clock runs (default: it stands still)"
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="serve /_sandbox/… to whoever sends the token that is printed",
    )
    return parser.parse_args()


def _main() -> int:
    """Serves until told to stop; 2 if the world file or the port cannot be used."""
    arguments = _arguments()
    try:
        serve(
            arguments.world,
            arguments.port,
            now=arguments.now,
            control=arguments.control,
            rate=arguments.rate,
        )
    except (WorldError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return _EXIT_USAGE
    return 0


if __name__ == "__main__":
    sys.exit(_main())
