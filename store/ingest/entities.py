"""What one answer says of a post or an account, as a document. Pure."""

from __future__ import annotations

from model.items import AccountItem, PostItem
from store.database import Document
from store.keys import instant


def post_document(key: str, item: PostItem, account: str | None, span: Document) -> Document:
    """What one answer tells of a post; `span` holds `first_seen` and `last_seen`."""
    result: Document = {"_id": key, "platform": item.platform, **span, "pinned": item.pinned}
    facts = {
        "account": account,
        "published_at": instant(item.published_at) if item.published_at else None,
        "published_on": item.published_on.isoformat() if item.published_on else None,
        "type": item.type.value if item.type else None,
        "lang": item.lang,
        "text": item.text,
        "url": item.url,
    }
    for name, fact in facts.items():
        if fact is not None:
            result[name] = fact
    return result


def account_document(item: AccountItem, span: Document) -> Document:
    """What one answer tells of an account (the `observed` part of its document)."""
    result = dict(span)
    created_at = instant(item.created_at) if item.created_at else None
    facts = {
        "handle": item.handle,
        "name": item.name,
        "created_at": created_at,
        "verified": item.verified,
    }
    result.update({name: fact for name, fact in facts.items() if fact is not None})
    return result
