"""What a platform of the sandbox is made of: its endpoints, its limits, its error bodies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from model.platform import PlatformName
from sandbox.service.accounts import change_account
from sandbox.service.clock import SandboxClock
from sandbox.service.exchange import HTML_TYPE, PlatformRequest, Reply
from sandbox.service.faults import Fault, FaultKind, Faults
from sandbox.service.limits import LimitSet, PlatformLimits
from sandbox.service.usage import UsageCounts
from sandbox.world.directory import Directory
from sandbox.world.model import WorldAccount, WorldPost

LOGIN_PAGE = b"<!doctype html><title>Log in</title><form method=post><input name=password></form>"
CHALLENGE_PAGE = b"<!doctype html><title>Security check</title><div id=captcha>Are you human?</div>"


@dataclass(slots=True)
class Services:
    """What all platforms share."""

    directory: Directory
    clock: SandboxClock
    limits: LimitSet
    usage: UsageCounts = field(default_factory=UsageCounts)
    faults: Faults = field(default_factory=Faults)
    in_force: list[Fault] = field(default_factory=list)
    """The faults of accounts that the directory shows."""

    def change_accounts(self, now: datetime) -> None:
        """Brings the directory to the faults that hold at this instant."""
        held = self.faults.of_accounts(now)
        if held == self.in_force:
            return
        self.directory.clear()
        for fault in held:
            change_account(self.directory, fault, now)
        self.in_force = held


@dataclass(slots=True)
class ServedCall:
    """One call being answered."""

    endpoint: str
    request: PlatformRequest
    now: int
    """The sandbox's present, in microseconds since 1970."""
    token: str = ""
    credential: str = "-"
    """Short hash of what the limits are counted by."""


class PlatformService(ABC):
    """One platform's official API. Handlers raise Refused for errors."""

    name: PlatformName
    any_path = False
    """Whether its paths match those of other platforms, so that they are tried last."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.directory = services.directory

    def account(self, account_id: str) -> WorldAccount | None:
        """The account of that id."""
        return self.directory.account(self.name, account_id)

    def by_handle(self, handle: str) -> WorldAccount | None:
        """The account that has this handle at present."""
        return self.directory.by_handle(self.name, handle)

    def find_post(self, post_id: str, now: int) -> WorldPost | None:
        """The post of that id, if it can be seen at `now`."""
        return self.directory.post(self.name, post_id, now)

    @abstractmethod
    def endpoints(self) -> list[Endpoint]:
        """Every call that is served; more special paths first."""

    @abstractmethod
    def token(self, request: PlatformRequest) -> str:
        """The credential of the request. Raises Refused if it is missing or refused."""

    @abstractmethod
    def error(self, kind: FaultKind, status: int = 503) -> Reply:
        """The platform's own error body for a limit, a spent quota, a bad token, a breakdown."""

    @abstractmethod
    def check_limits(self, call: ServedCall) -> None:
        """Counts a call before it is answered. Raises Refused where a limit is passed."""

    @abstractmethod
    def charge(self, call: ServedCall, reply: Reply) -> dict[str, str]:
        """Counts what was answered; gives the headers that tell of limits."""

    def replacement(self, fault: Fault, request: PlatformRequest) -> Reply | None:
        """What is answered in place of what was asked for; None: that, after all."""
        if fault.kind in (FaultKind.LOGIN_WALL, FaultKind.CONSENT):
            return Reply(LOGIN_PAGE, content_type=HTML_TYPE)
        if fault.kind is FaultKind.CHALLENGE:
            return Reply(CHALLENGE_PAGE, status=403, content_type=HTML_TYPE)
        return self.error(fault.kind, fault.status)

    def principal(self, token: str) -> str:
        """What limits are counted by: the token, unless it stands for something longer-lived."""
        return token


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of a platform."""

    name: str
    path: str
    handler: Callable[[ServedCall], Reply]
    method: str = "GET"
    open: bool = False
    """Whether it is asked without a token."""
    resolve: Callable[[PlatformRequest], tuple[PlatformName, str]] | None = None
    """For a path that stands for several endpoints: which platform and endpoint this call is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEntry:
    """`PLATFORM` of `sandbox/<name>/__init__.py`: what the application serves of a platform."""

    api: type[PlatformService] | None = None
    """None where another platform's API answers for this one."""
    pages: type[PlatformService]
    limits: tuple[type[PlatformLimits], ...] = ()
    disallowed: tuple[str, ...] = ()
    """Paths below `/web/<name>` that robots.txt forbids."""
