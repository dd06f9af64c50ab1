#!/bin/sh
# Public pages are opened in a headless Chromium. One that is there is taken; else Debian's headless
# shell where it can be installed (as root), since it takes less of the processor than any other;
# else Playwright's own, whose system libraries are named if they are missing. Without a browser, all
# but the public pages that need it works. A font for Chinese comes along, because pictures of posts
# are kept as evidence.
# Usage: browser.sh PYTHON
set -eu
python="$1"
. "$(dirname "$0")/system-packages.sh"
found() {
  "$python" -c 'import sys; from crawler.browser import browser_path; sys.exit(browser_path() is None)'
}
# Packages that hold the libraries which the browser lacks.
lacking() {
  "$python" -c '
from crawler.browser import browser_path
from model.machine.programs import missing_libraries, packages_of
path = browser_path()
print(*packages_of(missing_libraries(path)) if path else ())'
}
if ! found && may_install; then
  install_packages "public pages" chromium-headless-shell fonts-wqy-zenhei
fi
if ! found; then
  "$python" -m playwright install --only-shell chromium || true
fi
if ! found; then
  echo "no browser: public pages that need one are left out (cityreach doctor says which)" >&2
  exit 0
fi
missing="$(lacking)"
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086
install_packages "public pages (libraries of the browser)" $missing
[ -z "$(lacking)" ] ||
  echo "public pages that need the browser are left out (cityreach doctor says which)" >&2
