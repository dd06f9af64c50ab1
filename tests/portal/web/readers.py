"""Clients of the portal: nobody, and one signed in of each role; over a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from httpx import Client

from portal.app import make_app
from portal.asking.asked import Portal
from portal.users.people import USERS, add_person
from portal.users.roles import Role
from portal.users.sessions import SESSIONS, begin_session, secret_key
from tests.portal.web.seeded import MINE
from tests.waiting import LIMIT, wait_until

PASSWORD = "a password of tests"
ROLES = {"analyst": Role.ANALYST, "operator": Role.OPERATOR, "admin": Role.ADMIN}


@contextmanager
def serving(portal: Portal) -> Iterator[str]:
    """The portal on a server of its own in this process: its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(make_app(portal), log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, "the portal serves")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class Readers:
    """All of them, over one application."""

    def __init__(self, portal: Portal, address: str) -> None:
        self.portal, self.address = portal, address
        self._clients: list[Client] = []
        for name, role in ROLES.items():
            cities = (MINE,) if role is Role.OPERATOR else ()
            add_person(portal.db, name, role, cities, PASSWORD, portal.clock.now())
        portal.db[USERS].update_many({}, {"$set": {"must_change": False}})

    def nobody(self) -> Client:
        """Without a session."""
        client = Client(base_url=self.address, timeout=LIMIT, verify=False, trust_env=False)
        self._clients.append(client)
        return client

    def close(self) -> None:
        """All clients."""
        for client in self._clients:
            client.close()

    def of(self, name: str) -> Client:
        """A client with a session of its own; nobody for an empty name."""
        client = self.nobody()
        if name:
            portal = self.portal
            secret = begin_session(portal.db, name, portal.clock.now(), portal.session_lasts)
            client.cookies.set(portal.cookie, secret)
        return client

    def form_token(self, client: Client) -> str:
        """What the forms of a client's session must hold."""
        key = secret_key(client.cookies[self.portal.cookie])
        found = self.portal.db[SESSIONS].find_one({"_id": key})
        assert found is not None
        return str(found["form_token"])
