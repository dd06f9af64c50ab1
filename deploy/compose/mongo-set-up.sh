#!/bin/bash
# Once: makes the replica set and the user of CityReach; again: changes nothing but the password.
set -eu
admin="mongodb://root:$(cat /run/secrets/mongo_root_password)@mongo:27017/admin?directConnection=true"
CITYREACH_PASSWORD="$(cat /run/secrets/mongo_password)" mongosh --quiet "$admin" --eval '
  try { rs.status() } catch (error) {
    if (error.codeName !== "NotYetInitialized") throw error
    rs.initiate({ _id: "cityreach", members: [{ _id: 0, host: "mongo:27017" }] })
  }
  while (!db.hello().isWritablePrimary) sleep(200)
  const roles = [
    { role: "readWrite", db: "cityreach" },
    { role: "readWrite", db: "cityreach_demo" },
    { role: "clusterMonitor", db: "admin" },
  ]
  const user = { pwd: process.env.CITYREACH_PASSWORD, roles }
  if (db.getUser("cityreach")) db.updateUser("cityreach", user)
  else db.createUser({ user: "cityreach", ...user })
'
