"""The type of what is known about a platform: `model/platforms/<name>.py` holds one value each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from model.handles import Naming
from model.platforms.definitions import Definition
from model.platforms.tariff import Tariff
from model.proof import PostList


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a platform's official route needs."""

    keys: tuple[str, ...]
    """Keys of the platform's section of the settings that must be set."""
    permission: str
    """What the credential must be allowed to do."""
    remedy: str
    """How a team obtains it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The counters that a route can show; not every post or account shows each of them."""

    account: tuple[str, ...]
    post: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One platform. Everything that depends on which platform it is reads it here."""

    zh: str
    en: str
    """Its name in Chinese and in English."""
    aliases: tuple[str, ...] = ()
    """Other names by which lists of accounts call it, in lower case."""
    naming: Naming
    post_id: re.Pattern[str]
    post_id_has_owner: bool = False
    """Whether a post's id begins with its account's id and an underscore."""
    tariff: Tariff
    need: Need
    pages: str
    """What its public pages show to those who are not logged in."""
    shows: Mapping[str, Shown]
    """By route, `api` and `web`."""
    lists: Mapping[str, PostList] = field(default_factory=dict)
    """By route: how an account's posts are listed, and what proves that a list was read whole."""
    definitions: tuple[Definition, ...] = ()
    """When a counter began to mean something else, oldest first."""
    views_on_every_post: bool = False
    """Whether posts of every type count views; elsewhere videos alone do, so that an account
    without videos has 0 views."""
    repost: str = ""
    """What it calls a repost of somebody else's post, which is no post of the account; empty where
    it has none."""
    version_ends: Mapping[str, date] = field(default_factory=dict)
    """By version of its official API: the day from which it is not served any more, where known."""
    mapper_version: int = 1
    """Raised whenever a mapper reads an answer differently than before: `cityreach replay` then
    brings the readings of stored answers up to date and notes the version on those it changed."""

    def name(self, lang: str) -> str:
        """Its Chinese name for `zh`, the English one for everything else."""
        return self.zh if lang == "zh" else self.en
