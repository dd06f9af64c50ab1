"""Renews the assets that the portal carries: fetched by `npm pack`, listed with their hashes.

    python deploy/vendor_assets.py

What is fetched stands in `ASSETS`; MANIFEST.json beside the files says version, licence, source
and SHA-256 of each, and tests hold the files to it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "portal" / "static" / "vendor"


@dataclass(frozen=True)
class Asset:
    """A package, and which of its files are carried under which names."""

    package: str
    version: str
    licence: str
    files: dict[str, str]


ASSETS = (
    Asset(
        "htmx.org",
        "4.0.1",
        "0BSD",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"},
    ),
    Asset(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        {
            "dist/echarts.common.min.js": "echarts.common.min.js",
            "LICENSE": "echarts.LICENSE.txt",
            "NOTICE": "echarts.NOTICE.txt",
            "licenses/LICENSE-d3": "echarts.LICENSE-d3.txt",
        },
    ),
)


def fetched(asset: Asset, folder: Path) -> dict[str, bytes]:
    """The files of an asset by the names under which they are carried."""
    name = f"{asset.package}@{asset.version}"
    done = subprocess.run(
        ["npm", "pack", "--silent", name], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    found = {}
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as packed:
        for inside, outside in asset.files.items():
            file = packed.extractfile(f"package/{inside}")
            assert file is not None, f"{name} has no {inside}"
            found[outside] = file.read()
    return found


def main() -> None:
    """Writes the files and the manifest."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    manifest = []
    with tempfile.TemporaryDirectory() as folder:
        for asset in ASSETS:
            files = fetched(asset, Path(folder))
            for name, data in files.items():
                (VENDOR / name).write_bytes(data)
            manifest.append(
                {
                    "package": asset.package,
                    "version": asset.version,
                    "licence": asset.licence,
                    "files": {n: hashlib.sha256(d).hexdigest() for n, d in files.items()},
                }
            )
    (VENDOR / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
