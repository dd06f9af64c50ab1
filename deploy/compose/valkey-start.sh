#!/bin/sh
# The password comes by standard input: a command line could be read by others.
set -eu
printf 'requirepass %s\n' "$(cat /run/secrets/redis_password)" |
  exec valkey-server - --dir /data --appendonly yes --appendfsync everysec --save "" \
    --maxmemory 1gb --maxmemory-policy noeviction
