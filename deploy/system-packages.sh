# Sourced by the scripts beside it. Installs Debian packages where that may be done (Debian or Ubuntu,
# as root); never asks and never waits for an answer.
# SYSTEM_PACKAGES=no leaves the system as it is.

# may_install: whether packages may be installed here.
may_install() {
  [ "${SYSTEM_PACKAGES:-yes}" != no ] && [ "$(id -u)" = 0 ] &&
    command -v apt-get >/dev/null 2>&1
}

# install_packages PURPOSE PACKAGE...: says what it is about to install, or what is missing.
install_packages() {
  purpose="$1"
  shift
  if may_install; then
    echo "$purpose: installing the system packages $*" \
      "(to go without: SYSTEM_PACKAGES=no make ...)" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } </dev/null ||
      echo "$purpose: could not be installed: $*" >&2
  else
    echo "$purpose: the system packages $* are missing and are not installed from here" >&2
  fi
}
