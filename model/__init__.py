"""The nouns of CityReach: plain values, no I/O.

Everything else in the project may import this package; it imports nothing of the project.
"""

from model.account import Account, AccountClass, City
from model.clock import Clock
from model.count import Count, Missing
from model.items import AccountItem, Mapped, PostItem, PostType
from model.messages import (
    SCHEMA,
    Harvest,
    HarvestPage,
    MessageError,
    Outcome,
    RawAnswer,
    Visit,
    VisitClosed,
    VisitKind,
    Window,
    decode_harvest,
    decode_visit,
    encode,
)
from model.panel import Panel, PanelAccount
from model.period import Period
from model.platform import PLATFORMS, PlatformName

__all__ = [
    "PLATFORMS",
    "SCHEMA",
    "Account",
    "AccountClass",
    "AccountItem",
    "City",
    "Clock",
    "Count",
    "Harvest",
    "HarvestPage",
    "Mapped",
    "MessageError",
    "Missing",
    "Outcome",
    "Panel",
    "PanelAccount",
    "Period",
    "PlatformName",
    "PostItem",
    "PostType",
    "RawAnswer",
    "Route",
    "RouteSetting",
    "Visit",
    "VisitClosed",
    "VisitKind",
    "Window",
    "decode_harvest",
    "decode_visit",
    "encode",
]
