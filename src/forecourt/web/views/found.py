"""What the console's search box found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """what: a driver, a charge; text: by which it is known apart from others of its name."""

    what: str
    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Found:
    """more: there are more drivers than stand here; the address of all of them, else empty."""

    hits: tuple[Hit, ...]
    more: str = ""
