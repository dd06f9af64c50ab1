"""What alerts are sent to in tests: a real HTTP server and a real mail server on the loopback."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """Answers every POST; `answers` are used up one by one, then the last one again."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Paths that were asked by GET."""
    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b"ok")])

    def next_answer(self) -> tuple[int, bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def web() -> Iterator[Web]:
    """An HTTP server that remembers what it was sent."""
    receiver = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            receiver.asked.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.posted.append(Posted(self.path, headers, body))
            status, answer = receiver.next_answer()
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("location", answer.decode())
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mail:
    """A mail server; `refuses` says at which command it answers 550."""

    port: int = 0
    letters: list[Message] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuses: str = ""


@contextmanager
def mail(context: ssl.SSLContext | None = None) -> Iterator[Mail]:
    """An SMTP server (RFC 5321) with STARTTLS if it has a certificate, and AUTH PLAIN."""
    receiver = Mail()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Conversation(receiver, reader, writer, context).hold()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(serve, "127.0.0.1", 0)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Conversation:
    def __init__(
        self,
        receiver: Mail,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: ssl.SSLContext | None,
    ) -> None:
        self._receiver = receiver
        self._reader = reader
        self._writer = writer
        self._context = context
        self._tls = False
        self._sender = ""
        self._to: list[str] = []

    async def hold(self) -> None:
        try:
            await self._say("220 tests")
            while line := await self._reader.readline():
                await self._answer(line.decode().rstrip())
        except (ConnectionError, ssl.SSLError):
            return
        finally:
            self._writer.close()

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def _answer(self, line: str) -> None:
        command = line.split(" ")[0].split(":")[0].upper()
        if command == self._receiver.refuses:
            await self._say("550 not here")
        elif command == "EHLO":
            offer = ["250-STARTTLS"] if self._context and not self._tls else []
            await self._say("250-tests", *offer, "250 AUTH PLAIN")
        elif command == "STARTTLS" and self._context:
            await self._say("220 go ahead")
            await self._writer.start_tls(self._context)
            self._tls = True
        elif command == "AUTH":
            _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            self._receiver.logins.append((user, password))
            await self._say("235 welcome")
        elif command == "DATA":
            await self._data()
        else:
            self._note(line)
            await self._say("221 bye" if command == "QUIT" else "250 ok")

    def _note(self, line: str) -> None:
        address = line.partition("<")[2].partition(">")[0]
        if line.upper().startswith("MAIL"):
            self._sender, self._to = address, []
        elif line.upper().startswith("RCPT"):
            self._to.append(address)

    async def _data(self) -> None:
        await self._say("354 go on")
        lines = []
        while (line := await self._reader.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self._receiver.letters.append(message_from_bytes(b"".join(lines)))
        self._receiver.envelopes.append((self._sender, tuple(self._to)))
        self._receiver.encrypted.append(self._tls)
        await self._say("250 taken")


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for `localhost`, and the file by which it can be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
