"""What people call a plug whose standard has a name of its own in the field's data."""

from forecourt.stations import PLUGS


def plug_name(standard: str) -> str:
    return PLUGS.get(standard, standard)
