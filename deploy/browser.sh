#!/bin/sh
# Public pages are opened in a headless Chromium. One that is there is taken; else Debian's headless
# shell where it can be installed (as root), since it takes less of the processor than any other;
# else Playwright's own. Without one, all but the public pages that need it works. A font for Chinese
# comes along, because pictures of posts are kept as evidence.
# Usage: browser.sh PYTHON
set -eu
python="$1"
found() {
  "$python" -c 'import sys; from crawler.browser import browser_path; sys.exit(browser_path() is None)'
}
found && exit 0
. "$(dirname "$0")/system-packages.sh"
if may_install; then
  install_packages "public pages" chromium-headless-shell fonts-wqy-zenhei
fi
found && exit 0
"$python" -m playwright install --only-shell chromium || true
found || echo "no browser: public pages that need one are left out (cityreach doctor says which)" >&2
