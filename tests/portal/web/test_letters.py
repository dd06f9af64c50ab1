"""Recipients of digests in the portal, and the page on which they stop them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from parsel import Selector

from portal.alerts.config import ChannelConfig, ChannelKind
from portal.asking.asked import Portal
from portal.digest.recipients import RECIPIENTS, recipients
from store.database import Store
from tests.portal.web.readers import Readers

pytestmark = pytest.mark.servers
MAIL = ChannelConfig(
    kind=ChannelKind.MAIL,
    host="127.0.0.1",
    port=1,
    sender="reach@example.org",
    to=("alerts@example.org",),
)
WANG = {
    **{"name": "wang", "channel": "mail", "address": "wang@example.org", "language": "zh"},
    **{"cities": "shanghai, ningbo", "weekday": "4", "hour": "17", "kind-weekly": "yes"},
}


@pytest.fixture
def mailing(portal: Portal, readers: Readers) -> Iterator[Readers]:
    """The portal with a channel of mail."""
    portal.channels = {"mail": MAIL}
    yield readers
    portal.channels = {}
    portal.db[RECIPIENTS].delete_many({})


def posted(
    readers: Readers, path: str, fields: dict[str, str], role: str = "admin"
) -> tuple[int, str]:
    """What a form is answered by."""
    client = readers.of(role)
    token = readers.form_token(client)
    answer = client.post(path, data={"form_token": token, **fields})
    return answer.status_code, answer.text


def test_recipients_are_added_shown_and_removed(mailing: Readers, seeded: Store) -> None:
    status, page = posted(mailing, "/admin/digests", WANG)
    assert (status, "wang gets digests from now on." in page) == (200, True)
    (wang,) = recipients(seeded)
    assert (wang.language, wang.cities, wang.weekday, wang.hour, wang.kinds) == (
        *("zh", ("ningbo", "shanghai"), 4, 17),
        ("weekly",),
    )
    assert "Fri 17:00" in page
    assert "wang@example.org" in page
    assert posted(mailing, "/admin/digests/remove", {"name": "wang"}, "analyst")[0] == 403
    assert posted(mailing, "/admin/digests/remove", {"name": "wang"})[0] == 200
    assert recipients(seeded) == []
    assert posted(mailing, "/admin/digests/remove", {"name": "wang"})[0] == 422


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"channel": "pigeon"}, "the channels are mail"),
        ({"address": "wang"}, "expected one mail address"),
        ({"hour": "x"}, "hour: expected a whole number"),
        ({"hour": "24"}, "hour: expected 0 to 23"),
        ({"kind-weekly": ""}, "kinds: expected weekly, issue or both"),
        ({"cities": "atlantis"}, "there is no atlantis"),
        ({"language": "de"}, "language: expected zh or en"),
    ],
)
def test_a_wrong_field_is_named_and_adds_nobody(
    mailing: Readers, seeded: Store, change: dict[str, str], said: str
) -> None:
    status, page = posted(mailing, "/admin/digests", {**WANG, **change})
    shown = "".join(Selector(page).css("p.problem ::text").getall())
    assert (status, said in shown) == (422, True), page
    assert recipients(seeded) == []


def test_the_link_of_a_mail_stops_digests_after_one_more_question(
    mailing: Readers, seeded: Store
) -> None:
    posted(mailing, "/admin/digests", WANG)
    (wang,) = recipients(seeded)
    link = urlsplit(wang.leave_link("https://cityreach.example"))
    client = mailing.nobody()
    page = client.get(f"{link.path}?{link.query}")
    assert "Nothing more will be sent to wang." in page.text
    assert not recipients(seeded)[0].stopped  # looked at, not yet asked for
    for bad in (f"{link.query[:-1]}0", link.query.replace("wang", "other"), ""):
        if bad != link.query:
            assert client.get(f"{link.path}?{bad}").status_code == 422
    token = client.cookies[mailing.portal.form_cookie]
    fields = {"form_token": token, **dict(parse_qsl(link.query))}
    done = client.post(link.path, data=fields)
    assert "wang gets no more digests." in done.text
    assert recipients(seeded)[0].stopped
    assert client.post(link.path, data={**fields, "s": "0" * 64}).status_code == 422
