"""What a clock on the wall shows."""

from datetime import datetime


def wall_clock(local: datetime) -> str:
    """Hours and minutes; with the name of its time where the clock shows them twice, as it goes back on that day."""
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M %Z}" if twice else f"{local:%H:%M}"
