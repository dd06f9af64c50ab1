"""All that the measures of a period are computed from, account by account."""

from __future__ import annotations

from dataclasses import dataclass

from model.account import Account
from model.period import Period
from model.platform import PlatformName
from store.accounts import accounts as registered
from store.database import Store
from store.month.coverage import coverage, last_ends
from store.month.followers import Followers, followers
from store.month.kept import account_sums
from store.month.sums import AccountSums


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """What is known of one account in one period."""

    account: Account
    sums: AccountSums
    followers: Followers
    covered: float
    """The share of the period whose posts were looked for, 0 to 1."""
    why: str | None = None
    """How the last look for posts ended, where the period was not looked at whole."""


def account_months(
    db: Store, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[AccountMonth]:
    """Every watched account whose id is known, or those of a platform, or one (`platform:id`)."""
    watched = [
        one
        for one in registered(db, platform)
        if one.id and (account is None or one.key == account)
    ]
    keys = [one.key for one in watched]
    sums = account_sums(db, period)
    at_edges = followers(db, period, keys)
    covered = coverage(db, period, keys)
    ends = last_ends(db, period, [key for key in keys if covered[key] < 1])
    return [
        AccountMonth(
            account=one,
            sums=sums.get(one.key, AccountSums()),
            followers=at_edges[one.key],
            covered=covered[one.key],
            why=ends.get(one.key),
        )
        for one in watched
    ]
