"""How messages leave: one form for each kind of channel.

Feishu and DingTalk sign with HMAC-SHA256 over timestamp and secret, but not in the same way (their
documentation of custom bots). WeCom and Slack take the address itself as the proof. Errors never
name an address or a secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

import httpx

from model.network.proxies import Proxies, is_loopback
from model.untrusted import visible_line, without_mentions
from portal.alerts.config import ChannelConfig, ChannelKind
from portal.alerts.wording import Bulletin, Sendable

TIMESTAMP = "X-CityReach-Timestamp"
SIGNATURE = "X-CityReach-Signature"
_LEAVE = "List-Unsubscribe"
_WECOM_BYTES = 2048
"""Most bytes of a text (WeCom, group bots)."""
_LARGE = 18_000
"""Feishu and DingTalk refuse requests above 20 KB."""
_TELLING = 6
"""Pieces of an address that are shorter are words like `hook`."""
_SLACK_BYTES = 3500
"""Slack cuts texts beyond 4,000 characters."""


# At INFO, httpx would log every address, which is all it takes to post there.
logging.getLogger("httpx").setLevel(logging.WARNING)


class DeliveryError(RuntimeError):
    """A channel did not take a message; the text says why, without its address."""


def send(channel: ChannelConfig, message: Sendable) -> None:
    """Returns when the channel has taken it. Raises DeliveryError."""
    if channel.kind is ChannelKind.MAIL:
        _mail(channel, message)
    else:
        _post(channel, _FORMS[channel.kind](channel, message))


class _Post:
    """One request, and what its answer must say."""

    def __init__(
        self,
        body: Mapping[str, Any],
        *,
        accepted: Callable[[httpx.Response], bool],
        query: str = "",
    ) -> None:
        self.content = json.dumps(body, ensure_ascii=False).encode()
        self.headers = {"Content-Type": "application/json; charset=utf-8"}
        self.accepted = accepted
        self.query = query


def _webhook(channel: ChannelConfig, message: Sendable) -> _Post:
    """Signed so that the receiver can tell who sent it and when."""
    post = _Post(message.as_json(), accepted=lambda answer: answer.is_success)
    stamp = f"{int(message.sent_at.timestamp())}"
    post.headers[TIMESTAMP] = stamp
    post.headers[SIGNATURE] = signature(_secret(channel), stamp, post.content)
    return post


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the hex HMAC-SHA256 over the timestamp, a dot, and the body."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _feishu(channel: ChannelConfig, message: Sendable) -> _Post:
    body: dict[str, Any] = {
        "msg_type": "text",
        "content": {"text": message.text(_LARGE, without_mentions)},
    }
    if channel.secret is not None:
        stamp = f"{int(message.sent_at.timestamp())}"
        key = f"{stamp}\n{_secret(channel)}".encode()
        body |= {"timestamp": stamp, "sign": _base64(hmac.new(key, b"", hashlib.sha256).digest())}
    return _Post(body, accepted=lambda answer: _says(answer, "code", "StatusCode"))


def _dingtalk(channel: ChannelConfig, message: Sendable) -> _Post:
    body = {"msgtype": "text", "text": {"content": message.text(_LARGE, without_mentions)}}
    query = ""
    if channel.secret is not None:
        stamp, secret = f"{int(message.sent_at.timestamp() * 1000)}", _secret(channel)
        said = f"{stamp}\n{secret}".encode()
        sign = _base64(hmac.new(secret.encode(), said, hashlib.sha256).digest())
        query = f"timestamp={stamp}&sign={quote_plus(sign)}"
    return _Post(body, accepted=lambda answer: _says(answer, "errcode"), query=query)


def _wecom(message: Sendable) -> _Post:
    body = {"msgtype": "text", "text": {"content": message.text(_WECOM_BYTES, without_mentions)}}
    return _Post(body, accepted=lambda answer: _says(answer, "errcode"))


def _slack(message: Sendable) -> _Post:
    text = message.text(_SLACK_BYTES, _slack_text)
    return _Post({"text": text}, accepted=lambda answer: answer.is_success)


def _slack_text(text: str) -> str:
    """Slack has escapes of its own for angle brackets; `@` alone could still call a channel."""
    escapes: dict[str, str | int | None] = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "＠"}
    return text.translate(str.maketrans(escapes))


_FORMS: Mapping[ChannelKind, Callable[[ChannelConfig, Sendable], _Post]] = {
    ChannelKind.WEBHOOK: _webhook,
    ChannelKind.FEISHU: _feishu,
    ChannelKind.DINGTALK: _dingtalk,
    ChannelKind.WECOM: lambda _, message: _wecom(message),
    ChannelKind.SLACK: lambda _, message: _slack(message),
}


def _says(answer: httpx.Response, *names: str) -> bool:
    """Whether a JSON answer has a zero under one of the names: HTTP 200 alone proves nothing."""
    try:
        told = answer.json()
    except ValueError:
        return False
    return answer.is_success and isinstance(told, dict) and any(told.get(n) == 0 for n in names)


def _secret(channel: ChannelConfig) -> str:
    return channel.secret.get_secret_value() if channel.secret else ""


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _post(channel: ChannelConfig, post: _Post) -> None:
    address = channel.url.get_secret_value() if channel.url else ""
    if post.query:
        address += ("&" if "?" in address else "?") + post.query
    try:
        with _client(address, channel.timeout, channel.proxies) as client:
            answer = client.post(address, content=post.content, headers=post.headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(f"{channel.kind.value}: {_why(error, channel.proxies)}") from None
    if not post.accepted(answer):
        said = visible_line(_without_secrets(channel, answer.text)[:200])
        raise DeliveryError(f"{channel.kind.value}: HTTP {answer.status_code}: {said}")


def _why(error: Exception, proxies: Proxies | None) -> str:
    by = f" by the proxy {proxies.shown}" if proxies is not None and proxies.url else ""
    return f"{type(error).__name__}{by}"


def _client(address: str, timeout: float, proxies: Proxies | None) -> httpx.Client:
    """By the proxy of the settings, else of the environment, but never to this machine. Raises
    DeliveryError for a proxy that cannot be used."""
    host = urlsplit(address).hostname or ""
    proxy = proxies.to(host) if proxies is not None else ""
    trusting = proxies is None and not is_loopback(host)
    secured = ssl.create_default_context() if proxy.startswith("https:") else None
    try:
        way = httpx.Proxy(proxy, ssl_context=secured) if proxy else None
        return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=trusting, proxy=way)
    except (ImportError, ValueError) as error:
        raise DeliveryError(
            "the proxy of the environment (ALL_PROXY, HTTPS_PROXY) cannot be used: "
            "expected http://, https:// or socks5://; or set CITYREACH_ALERTS__PROXY"
        ) from error


def _without_secrets(channel: ChannelConfig, said: str) -> str:
    """An answer may repeat what it was asked: the address, parts of it, or the secret."""
    parts = urlsplit(channel.url.get_secret_value() if channel.url else "")
    pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    for secret in sorted({_secret(channel), *pieces}, key=len, reverse=True):
        if len(secret) >= _TELLING:
            said = said.replace(secret, "…")
    return said


def _mail(channel: ChannelConfig, message: Sendable) -> None:
    try:
        with ExitStack() as closing:
            server = closing.enter_context(_connected(channel))
            if channel.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if channel.user:
                password = channel.password.get_secret_value() if channel.password else ""
                server.login(channel.user, password)
            server.send_message(_letter(channel, message))
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"mail: {type(error).__name__}: {_reason(error)}") from None


def _connected(channel: ChannelConfig) -> smtplib.SMTP:
    if channel.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(
            channel.host, channel.port, timeout=channel.timeout, context=context
        )
    return smtplib.SMTP(channel.host, channel.port, timeout=channel.timeout)


class _LetterPolicy(EmailPolicy):
    """As the standard one, which would encode an address that is longer than a line: no mail
    program finds it then (RFC 2369)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == _LEAVE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


def _letter(channel: ChannelConfig, message: Sendable) -> EmailMessage:
    letter = EmailMessage(policy=_LetterPolicy())
    letter["Subject"] = visible_line(message.title)
    letter["From"] = channel.sender
    letter["To"] = ", ".join(channel.to)
    letter["Date"] = format_datetime(message.sent_at)
    letter["Message-ID"] = make_msgid(domain=channel.sender.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text())
    if isinstance(message, Bulletin):
        letter.add_alternative(message.html, subtype="html")
        if message.leave:
            letter[_LEAVE] = f"<{message.leave}>"
    return letter


def _reason(error: Exception) -> str:
    """What the server said, which is never what we sent."""
    code = getattr(error, "smtp_code", None)
    return f"the server answered {code}" if code is not None else "no connection to the server"


def ping(address: str, proxies: Proxies | None = None, timeout: float = 10.0) -> None:
    """Tells a dead man's switch that the watch is alive. Raises DeliveryError."""
    try:
        with _client(address, timeout, proxies) as client:
            answer = client.get(address)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(f"ping: {_why(error, proxies)}") from None
    if not answer.is_success:
        raise DeliveryError(f"ping: HTTP {answer.status_code}")
