"""Another user of the machine, who tries to enter servers while they start.

Run by its path, by root; becomes a user without rights before it does anything:

    python -I -S intruder.py MONGO_PORT REDIS_PORT

Prints `ready`, tries until its standard input ends, and prints one line of JSON: how often it
reached something, and what it entered.
"""

import contextlib
import json
import os
import select
import socket
import struct
import sys
from pathlib import Path

NOBODY = 65_534
USER = "intruder"
_OK = b"\x01ok\x00" + struct.pack("<d", 1.0)


def _string(name: str, value: str) -> bytes:
    data = value.encode() + b"\x00"
    return b"\x02" + name.encode() + b"\x00" + struct.pack("<i", len(data)) + data


def _document(body: bytes) -> bytes:
    return struct.pack("<i", len(body) + 5) + body + b"\x00"


def create_user() -> bytes:
    """The command createUser with the role root, as an OP_MSG."""
    roles = b"\x04roles\x00" + _document(_string("0", "root"))
    command = _document(
        _string("createUser", USER) + _string("pwd", USER) + roles + _string("$db", "admin")
    )
    message = struct.pack("<i", 0) + b"\x00" + command
    return struct.pack("<iiii", len(message) + 16, 1, 0, 2013) + message


def attempt(family: int, address: object, question: bytes, proof: bytes) -> bool | None:
    """Whether the server did as it was asked; None where nobody was reached."""
    with socket.socket(family) as client:
        client.settimeout(2)
        try:
            client.connect(address)  # type: ignore[arg-type]
            client.sendall(question)
            return proof in client.recv(65_536)
        except OSError:
            return None


def sockets() -> set[str]:
    """Paths of the Unix sockets that a starting mongod listens on."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return {path for line in lines if (path := line.split()[-1]).endswith("/mongod.sock")}


def main(mongo_port: int, redis_port: int) -> dict[str, object]:
    """Tries everything again and again."""
    reached = {"mongo": 0, "redis": 0, "sockets seen": 0}
    entered: list[str] = []
    create = create_user()
    while not select.select([sys.stdin], [], [], 0)[0]:
        for path in sockets():
            reached["sockets seen"] += 1
            if attempt(socket.AF_UNIX, path, create, _OK):
                entered.append(path)
        mongo = attempt(socket.AF_INET, ("127.0.0.1", mongo_port), create, _OK)
        redis = attempt(socket.AF_INET, ("127.0.0.1", redis_port), b"DBSIZE\r\n", b":")
        for name, answer in (("mongo", mongo), ("redis", redis)):
            reached[name] += answer is not None
            if answer:
                entered.append(name)
    return {"reached": reached, "entered": sorted(set(entered))}


def become_nobody() -> None:
    """For good: real, effective and saved ids, and no group that we had."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


if __name__ == "__main__":
    become_nobody()
    print("ready", flush=True)  # noqa: T201
    with contextlib.suppress(KeyboardInterrupt):
        print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))), flush=True)  # noqa: T201
