"""Checks what is in deploy/ with the tools that such files are made for; run by `make lint`.

    python deploy/check.py TOOLS

TOOLS is the folder of the programs that requirements-tools.lock installs. What this machine has no
tool for is named, not passed over: the structure of those files is tested in tests/deploy.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
KUBERNETES = "1.33"
"""The version of the schemas that manifests are checked by."""
_NO_SCHEMA = re.compile(r"WARN .*keda\.sh/v1alpha1")
_PASSED = re.compile(r"INFO .* passed for resource")


def run(*command: str | Path) -> str:
    """What a tool says; empty where it found nothing."""
    words = [str(one) for one in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    return said or f"exit code {done.returncode}" if done.returncode else ""


def dockerfile(tools: Path) -> str:
    """Versions of Debian's packages follow its point releases, and are not pinned."""
    return run(tools / "hadolint", "--ignore", "DL3008", HERE / "Dockerfile")


def compose(tools: Path) -> str:
    """By the schema of the Compose specification."""
    schema = ("--builtin-schema", "vendor.compose-spec")
    return run(tools / "check-jsonschema", *schema, HERE / "compose.yml")


def ci(tools: Path) -> str:
    """By the schema of the usual host's workflows."""
    files = sorted((HERE.parent / ".github" / "workflows").glob("*.yml"))
    schema = ("--builtin-schema", "vendor.github-workflows")
    return run(tools / "check-jsonschema", *schema, *files) if files else ""


def kubernetes(tools: Path) -> str:
    """By Kubernetes' own schemas; KEDA's kinds have none there."""
    files = [p for p in sorted((HERE / "kubernetes").glob("*.yaml")) if p.stem != "kustomization"]
    found = []
    for file in files:
        said = run(tools / "kubernetes-validate", "--strict", "-k", KUBERNETES, file).splitlines()
        found += [s for s in said if not _NO_SCHEMA.search(s) and not _PASSED.search(s)]
    return "\n".join(found)


def scripts(_: Path) -> str:
    """Whether a shell can read them."""
    files = [*HERE.glob("*.sh"), *(HERE / "compose").glob("*.sh")]
    return "\n".join(filter(None, (run("bash", "-n", file) for file in sorted(files))))


def queries(tools: Path) -> str:
    """Of rules and dashboards, by PromQL's grammar; what they mean, promtool tests below."""
    return run(tools / "python", HERE / "queries.py", HERE / "monitoring")


def units() -> str:
    """By systemd, with a program in the place of ours, which is installed elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted((HERE / "systemd").iterdir()):
            text = file.read_text("utf-8").replace("/opt/cityreach/bin/cityreach", "/bin/true")
            Path(folder, file.name).write_text(text, "utf-8")
        names = [str(path) for path in sorted(Path(folder).iterdir())]
        return run("systemd-analyze", "verify", "--man=no", *names).replace(folder, "systemd")


def rules() -> str:
    """By Prometheus."""
    with tempfile.TemporaryDirectory() as folder:
        token = Path(folder, "token")
        token.touch()
        for name in ("prometheus.yml", "alerts.yml"):
            text = (HERE / "monitoring" / name).read_text("utf-8")
            Path(folder, name).write_text(text.replace("/run/secrets/metrics_token", str(token)))
        said = run("promtool", "check", "config", Path(folder, "prometheus.yml"))
        return said or run("promtool", "test", "rules", _copied_tests(Path(folder)))


def _copied_tests(folder: Path) -> Path:
    return Path(shutil.copy(HERE / "monitoring" / "alerts.test.yml", folder))


def findings(tools: Path) -> Iterator[tuple[str, str | None]]:
    """What was checked and what was found; None where the tool is not here."""
    for check in (dockerfile, compose, ci, kubernetes, scripts, queries):
        yield check.__name__, check(tools)
    for name, program, own in (
        ("units", "systemd-analyze", units),
        ("rules", "promtool", rules),
    ):
        yield name, own() if shutil.which(program) else None


def main(tools: Path) -> int:
    """The exit code."""
    wrong = 0
    for name, found in findings(tools):
        state = "no tool for it here" if found is None else "wrong" if found else "well"
        sys.stdout.write(f"deploy/ {name}: {state}\n{found + chr(10) if found else ''}")
        wrong += bool(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
