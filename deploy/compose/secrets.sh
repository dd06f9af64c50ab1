#!/bin/sh
# Makes the secrets of compose.yml where they are missing, each a file for its owner alone. Tokens of
# platforms are put beside them by hand: cityreach/CITYREACH_X__TOKENS and so on.
# Usage: secrets.sh [FOLDER]
set -eu
umask 077
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder/cityreach"
secret() {
  [ -s "$folder/$1" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$1"
}
for name in mongo_root_password mongo_password redis_password metrics_token grafana_password; do
  secret "$name"
done
[ -s "$folder/mongo_key" ] || od -An -N384 -tx1 /dev/urandom | tr -d ' \n' >"$folder/mongo_key"
printf 'mongodb://cityreach:%s@mongo:27017/?replicaSet=cityreach&authSource=admin' \
  "$(cat "$folder/mongo_password")" >"$folder/cityreach/CITYREACH_MONGO_URI"
printf 'redis://:%s@valkey:6379/0' "$(cat "$folder/redis_password")" \
  >"$folder/cityreach/CITYREACH_REDIS_URI"
cp "$folder/metrics_token" "$folder/cityreach/CITYREACH_PORTAL__METRICS_TOKEN"
# Read by the user of the images, who has no name here.
if [ "$(id -u)" = 0 ]; then
  chown -R 10001:10001 "$folder/cityreach"
  chown 10001:10001 "$folder/metrics_token"
fi
echo "secrets are in $folder"
