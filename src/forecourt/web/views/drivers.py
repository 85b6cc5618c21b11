"""What the console shows of drivers and their cards."""

from dataclasses import dataclass

from forecourt.drivers import Standing


@dataclass(frozen=True, slots=True)
class DriverRow:
    """card: by which they were found; empty = by name or address."""

    id: str
    name: str
    email: str
    pays: str
    card: str = ""


@dataclass(frozen=True, slots=True)
class CardRow:
    """refused: why no charge begins with it now; empty where one does."""

    uid: str
    label: str
    blocked: bool
    refused: str


@dataclass(frozen=True, slots=True)
class DriverPage:
    """signs_in: has chosen a password. invited: has an account, and has not yet."""

    id: str
    name: str
    email: str
    pays: str
    standing: Standing
    signs_in: bool
    cards: tuple[CardRow, ...]
    invited: bool = False
    pay_by: str = ""
