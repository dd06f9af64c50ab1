"""All that the measures of a period are computed from, account by account."""

from __future__ import annotations

from model.measures import AccountMonth, AccountSums
from model.period import Period
from model.platform import PlatformName
from store.accounts import accounts as registered
from store.database import Store
from store.month.agreement import disagreements
from store.month.coverage import coverage_shares, last_ends, looks_for_posts
from store.month.followers import followers
from store.month.kept import account_sums


def account_months(
    db: Store, period: Period, platform: PlatformName | None = None, account: str | None = None
) -> list[AccountMonth]:
    """Every watched account whose id is known, or those of a platform, or one (`platform:id`);
    without those that had been removed by the end of the period."""
    watched = [
        one
        for one in registered(db, platform)
        if one.id and one.belongs_to(period) and (account is None or one.key == account)
    ]
    keys = [one.key for one in watched]
    sums = account_sums(db, period)
    at_edges = followers(db, period, keys)
    covered = coverage_shares(db, period, keys)
    ends = last_ends(db, period, [key for key in keys if covered[key] < 1])
    looks = looks_for_posts(db, period, keys)
    disagree = disagreements(db, period, at_edges)
    return [
        AccountMonth(
            account=one,
            sums=sums.get(one.key, AccountSums()),
            followers=at_edges[one.key],
            covered=covered[one.key],
            why=ends.get(one.key),
            proofs=dict(looks[one.key].proofs),
            doubts=[*looks[one.key].doubts, *disagree.get(one.key, ())],
        )
        for one in watched
    ]
