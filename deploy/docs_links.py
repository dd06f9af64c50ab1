"""Links of the documents as the site needs them: files beside docs/ lead to the repository, and a
page of the other language is that page's own address.
"""

from __future__ import annotations

import re
from typing import Any

_ABOVE = re.compile(r"\]\((?:\.\./)+([\w./-]+)\)")
_CHINESE = re.compile(r"\]\(([\w./-]+)\.zh\.md(#[^)]*)?\)")


def on_page_markdown(markdown: str, *, config: Any, page: Any, **_: Any) -> str:
    """What mkdocs calls for each page."""
    within = page.file.src_uri.count("/")

    def outside(found: re.Match[str]) -> str:
        if found[0].count("../") <= within:
            return found[0]
        return f"]({config['repo_url']}/blob/main/{found[1]})"

    return _CHINESE.sub(r"](\1.md\2)", _ABOVE.sub(outside, markdown))
