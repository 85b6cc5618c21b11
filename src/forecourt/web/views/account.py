"""What a driver's page of the account shows."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.drivers import Standing


@dataclass(frozen=True, slots=True)
class TokenView:
    uid: str
    label: str
    kind: str
    active: bool


@dataclass(frozen=True, slots=True)
class ApiTokenView:
    """pauses_at: unless its owner comes by their company before; None = never. paused: it waits for them already."""

    digest: str
    label: str
    expires_at: datetime
    pauses_at: datetime | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class AppView:
    """An app of others that acts for the driver. family: hexadecimal."""

    family: str
    name: str
    since: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountView:
    name: str
    email: str
    pays: str
    has_card: bool
    tokens: tuple[TokenView, ...]
    api_tokens: tuple[ApiTokenView, ...]
    standing: Standing
    pays_for_fleet: bool = False
    debited: bool = False
    payer: str = ""  # who pays for their fleet
