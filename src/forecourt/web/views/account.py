"""Views of a driver's account page."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.drivers import DebtStatus


@dataclass(frozen=True, slots=True)
class TokenView:
    uid: str
    label: str
    kind: str
    active: bool


@dataclass(frozen=True, slots=True)
class ApiTokenView:
    """pauses_at: when it pauses unless its owner signs in through their company first; None = never. paused: it is waiting for that."""

    digest: str
    label: str
    expires_at: datetime
    pauses_at: datetime | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class AppView:
    """A third-party app that acts for the driver. family: hexadecimal. may_write: it can do more than see."""

    family: str
    name: str
    since: datetime
    used_at: datetime | None
    may_write: bool = True


@dataclass(frozen=True, slots=True)
class AccountView:
    name: str
    email: str
    pays: str
    has_card: bool
    tokens: tuple[TokenView, ...]
    api_tokens: tuple[ApiTokenView, ...]
    debt_status: DebtStatus
    pays_for_fleet: bool = False
    debited: bool = False
    payer: str = ""  # the payer of their fleet
