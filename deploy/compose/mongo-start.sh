#!/bin/bash
# The members of a replica set know one another by a key file, which MongoDB wants to be its own and
# nobody else's; a secret's file is neither.
set -eu
install -m 0400 -o mongodb -g mongodb /run/secrets/mongo_key /data/configdb/key
exec docker-entrypoint.sh mongod --replSet cityreach --keyFile /data/configdb/key --bind_ip_all "$@"
