"""The time of day as a wall clock shows it."""

from datetime import datetime


def wall_clock(local: datetime) -> str:
    """Hours and minutes; with the zone's abbreviation where the clock shows them twice, because it goes back that day."""
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M %Z}" if twice else f"{local:%H:%M}"
