"""Which measurands a charger sends, and what its sockets lack without them."""

from collections.abc import Sequence

from forecourt.stations.charger import ChargerSettings
from forecourt.stations.evse import Evse
from forecourt.stations.power_conversion import is_dc

ENERGY, CURRENT, POWER = "Energy.Active.Import.Register", "Current.Import", "Power.Active.Import"


def measures(listed: Sequence[str], measurand: str) -> bool:
    """Whether a charger's list has a measurand, as a whole or by phase (Current.Import.L1)."""
    return any(one == measurand or (one.startswith(measurand + ".") and one[len(measurand) + 1] in "LN") for one in listed)


def missing_measurands(evse: Evse, settings: ChargerSettings) -> tuple[str, ...]:
    """The measurands needed to verify limits and make bills that the socket's charger does not send; () also if nothing was read yet."""
    needed = (ENERGY, POWER if is_dc(evse) else CURRENT)
    return tuple(one for one in needed if settings.measurands and not measures(settings.measurands, one))
