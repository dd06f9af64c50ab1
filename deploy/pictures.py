"""Makes the pictures of both READMEs from the demo, light, in Chinese and English.

    .venv/bin/python deploy/pictures.py [FOLDER]

Starts `cityreach demo --keep` in a folder of its own, signs in by the passwords it prints, and
writes `docs/pictures/NAME.LANGUAGE.png`. Needs what `make .venv/.dev` sets up.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from crawler.browser import browser_path

ROOT = Path(__file__).resolve().parents[1]
SHOWN = {
    "month": ("analyst", "/months/2025-05"),
    "leaderboard": ("analyst", "/months/2025-05/leaderboard"),
    "city": ("analyst", "/months/2025-05/cities/kunming"),
    "operator": ("operator", "/"),
    "team": ("admin", "/team"),
}
"""By the picture's name: who sees which page."""
SIZE = {"width": 1280, "height": 860}
NEW = "a-password-of-pictures"
_LAST = "portal ready on"


@contextmanager
def demo(folder: Path) -> Iterator[list[str]]:
    """What a demo that stays up has said so far; it ends with the pictures."""
    command = [sys.executable, "-m", "cityreach", "demo", "--keep"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        said: list[str] = []
        try:
            for line in process.stderr or ():
                said.append(line)
                if _LAST in line:
                    break
            yield said
        finally:
            process.terminate()


def shown(browser: Browser, address: str, password: dict[str, str], folder: Path) -> None:
    """All pictures."""
    for reader in sorted({who for who, _ in SHOWN.values()}):
        context = browser.new_context(viewport=SIZE, color_scheme="light", base_url=address)
        page = context.new_page()
        _sign_in(page, reader, password[reader])
        for language in ("en", "zh"):
            for name, (who, path) in SHOWN.items():
                if who == reader:
                    _picture(page, path, language, folder / f"{name}.{language}.png")
        context.close()


def _sign_in(page: Page, reader: str, password: str) -> None:
    page.goto("/sign-in")
    page.fill("input[name=name]", reader)
    page.fill("input[name=password]", password)
    page.click("main button.main")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    if not page.url.endswith("/password"):
        return
    page.fill("input[name=old]", password)
    page.fill("input[name=new]", NEW)
    page.click("main button.main")
    page.wait_for_url(lambda url: not url.endswith("/password"))


def _picture(page: Page, path: str, language: str, file: Path) -> None:
    page.goto(path)
    form = page.locator(f"form[action='/language']:has(input[name=language][value={language}])")
    if form.count():
        form.first.locator("button").click()
        page.goto(path)
    page.wait_for_load_state("networkidle")
    lead = page.locator("main .lead").first
    if not lead.count():
        raise SystemExit(f"{path} has no sentence that it begins with: {page.inner_text('body')}")
    page.screenshot(path=file)


def main(folder: Path) -> None:
    """Writes them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, demo(Path(place)) as said:
        text = "".join(said)
        address = re.search(r"the portal: (\S+)", text)
        passwords = dict(re.findall(r"name (\w+), one-time password (\S+)", text))
        if address is None:
            raise SystemExit(f"the demo has no portal:\n{text}")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
            shown(browser, address[1], passwords, folder)
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
