"""Faults that concern one account for as long as they hold: who it is, and what its posts say."""

from __future__ import annotations

from datetime import datetime

from model.platform import PlatformName
from sandbox.service.faults import MEDIA_PLATFORM, OF_ACCOUNTS, OF_ONE_PLATFORM, Fault, FaultKind
from sandbox.world.directory import Directory
from sandbox.world.model import SECOND, to_instant
from sandbox.world.times import edge_time, same_second

_TOGETHER = 20
"""Posts that share a second, unless the fault says otherwise."""


def check_fault(directory: Directory, fault: Fault) -> None:
    """Raises ValueError where a fault lacks what it needs, or its platform does not have it."""
    only = OF_ONE_PLATFORM.get(fault.kind)
    if only is not None and fault.platform != only:
        raise ValueError(f"{fault.kind}: expected platform {only}")
    if fault.kind not in OF_ACCOUNTS:
        return
    if fault.platform in ("*", MEDIA_PLATFORM):
        raise ValueError(f"{fault.kind}: expected one platform")
    if fault.account not in directory.world.accounts[fault.platform]:
        raise ValueError(f"{fault.kind}: unknown {fault.platform} account {fault.account!r}")
    if fault.kind is FaultKind.RENAMED_HANDLE and not fault.handle:
        raise ValueError(f"{fault.kind}: expected the new handle")
    if fault.kind is FaultKind.EDGE_TIME and fault.moment is None:
        raise ValueError(f"{fault.kind}: expected the moment")


def change_account(directory: Directory, fault: Fault, now: datetime) -> None:
    """Puts a fault of an account in force. It was checked before."""
    platform = fault.platform
    if platform == "*" or platform == "gdelt":
        return
    if fault.kind is FaultKind.GONE_ACCOUNT:
        directory.remove(platform, fault.account)
    elif fault.kind is FaultKind.SUSPENDED_ACCOUNT:
        directory.suspend(platform, fault.account)
    elif fault.kind is FaultKind.AGE_GATED_ACCOUNT:
        directory.age_gated.add((platform, fault.account))
    elif fault.kind is FaultKind.RENAMED_HANDLE:
        directory.rename(platform, fault.account, fault.handle)
    elif fault.kind is FaultKind.REUSED_HANDLE:
        directory.reuse(platform, fault.account, fault.number or 0, to_instant(fault.since or now))
    else:
        _change_posts(directory, platform, fault)


def _change_posts(directory: Directory, platform: PlatformName, fault: Fault) -> None:
    account = directory.world.accounts[platform][fault.account]
    if fault.kind is FaultKind.SWAPPED_COUNTERS:
        directory.swap_counters(account)
    elif fault.kind is FaultKind.SAME_SECOND:
        directory.retime(account, same_second(account.posts, fault.number or _TOGETHER))
    elif fault.moment is not None:
        instant = to_instant(fault.moment) + (fault.shift or 0) * SECOND
        directory.retime(account, edge_time(account.posts, instant))
