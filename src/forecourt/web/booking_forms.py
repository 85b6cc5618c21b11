"""What forms say of bookings: how often, and for whom."""

from uuid import UUID

from forecourt.kernel import BadInput, DriverId
from forecourt.reservations import Repeat


def repeat_named(text: str) -> Repeat:
    """Raises BadInput for another word."""
    if text not in list(Repeat):
        raise BadInput("repeat", f"{text[:20]!r} is not a way to repeat a booking.", f"Use {', '.join(Repeat)}.")
    return Repeat(text)


def driver_named(text: str) -> DriverId | None:
    """None: the sender. Raises BadInput for what is no id."""
    if not text:
        return None
    try:
        return DriverId(UUID(text))
    except ValueError as error:
        raise BadInput("driver", "That is not one of your drivers.", "Choose one of the list.") from error
