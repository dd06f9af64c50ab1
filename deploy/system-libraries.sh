#!/bin/sh
# The embedded MongoDB server needs two shared libraries that a slim system may lack. Where this may
# be done they are installed; elsewhere they are named, here and by `cityreach doctor`.
set -eu
. "$(dirname "$0")/system-packages.sh"
missing=""
# Users without root seldom have the folders of ldconfig on their path.
PATH="$PATH:/usr/sbin:/sbin"
command -v ldconfig >/dev/null 2>&1 || exit 0
known=$(ldconfig -p || true)
echo "$known" | grep -q 'libcurl\.so\.4 ' || missing="$missing libcurl4"
echo "$known" | grep -q 'libldap-2\.5\.so\.0' || missing="$missing libldap-2.5-0"
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086
install_packages "embedded MongoDB (not needed with CITYREACH_MONGO_URI)" $missing
