"""All that the measures of a period are computed from, account by account."""

from __future__ import annotations

from collections.abc import Sequence

from model.account import Account
from model.measures import AccountMonth, AccountSums
from model.period import Period
from model.platform import PlatformName
from store.accounts import accounts as registered
from store.database import Store
from store.month.agreement import disagreements
from store.month.coverage import coverage_shares, last_ends, looks_for_posts
from store.month.followers import followers
from store.month.kept import account_sums
from store.month.rolled_up import keep, rolled_up, times_of

_FEW = 100
"""Up to so many accounts, their posts of a month are asked for, else those of all."""


def account_months(
    db: Store, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[AccountMonth]:
    """Every watched account whose id is known, or those of a platform, or one (`platform:id`);
    without those that had been removed by the end of the period.

    What was rolled up and still holds is taken as it is, the rest is computed.
    """
    watched = [
        one for one in _watched(db, period, platform) if account is None or one.key == account
    ]
    known = rolled_up(db, period, watched, times_of(db, period, watched))
    computed = _computed(db, period, [one for one in watched if one.key not in known])
    return [known[one.key] if one.key in known else computed[one.key] for one in watched]


def roll_up(db: Store, period: Period) -> int:
    """Keeps what accounts come to whose month was not rolled up, or has changed since; how many.

    For months that have ended: those of the running one change with every visit.
    """
    watched = _watched(db, period)
    times = times_of(db, period, watched)
    known = rolled_up(db, period, watched, times)
    computed = _computed(db, period, [one for one in watched if one.key not in known])
    keep(db, period, computed.values(), times)
    return len(computed)


def _watched(db: Store, period: Period, platform: PlatformName | None = None) -> list[Account]:
    return [one for one in registered(db, platform) if one.id and one.belongs_to(period)]


def _computed(db: Store, period: Period, accounts: Sequence[Account]) -> dict[str, AccountMonth]:
    """By account, from posts, readings and visits."""
    if not accounts:
        return {}
    keys = [one.key for one in accounts]
    sums = account_sums(db, period, keys if len(keys) <= _FEW else None)
    at_edges = followers(db, period, keys)
    covered = coverage_shares(db, period, keys)
    ends = last_ends(db, period, [key for key in keys if covered[key] < 1])
    looks = looks_for_posts(db, period, keys)
    disagree = disagreements(db, period, at_edges)
    return {
        one.key: AccountMonth(
            account=one,
            sums=sums.get(one.key, AccountSums()),
            followers=at_edges[one.key],
            covered=covered[one.key],
            why=ends.get(one.key),
            proofs=dict(looks[one.key].proofs),
            doubts=[*looks[one.key].doubts, *disagree.get(one.key, ())],
        )
        for one in accounts
    }
