#!/bin/sh
# The embedded MongoDB server needs two shared libraries that a slim system may lack. Where this may
# be done (Debian or Ubuntu, as root) they are installed; elsewhere `cityreach doctor` names them.
set -eu
missing=""
command -v ldconfig >/dev/null 2>&1 || exit 0
ldconfig -p | grep -q 'libcurl\.so\.4 ' || missing="$missing libcurl4"
ldconfig -p | grep -q 'libldap-2\.5\.so\.0' || missing="$missing libldap-2.5-0"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -q && apt-get install -q -y --no-install-recommends $missing || true
else
  echo "The embedded MongoDB needs:$missing (install them, or set CITYREACH_MONGO_URI)" >&2
fi
