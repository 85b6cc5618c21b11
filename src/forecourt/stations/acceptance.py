"""How a socket keeps the limits it is told: what is known of it, and how it is found out."""

from enum import StrEnum


class Obedience(StrEnum):
    """UNTESTED: nobody has seen a limit bind there. LATE: it obeys, later than a car needs to follow its pilot."""

    UNTESTED = "UNTESTED"
    OBEYS = "OBEYS"
    LATE = "LATE"
    IGNORES = "IGNORES"
