"""Where a site is, and its distance from somebody."""

from dataclasses import dataclass
from math import asin, cos, hypot, radians, sin, sqrt

from forecourt.kernel import BadInput

_EARTH_RADIUS_M = 6_371_009  # mean of its axes: within 0.6 % of the distance on the ellipsoid


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees on the globe (WGS 84): north and east are positive. Raises BadInput if out of range."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise BadInput("position", "That position does not exist.", "Latitude goes from -90 to 90 degrees, longitude from -180 to 180.")


def distance_m(one: Position, other: Position) -> int:
    """As the crow flies, in metres, by the haversine formula."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    narrows = sqrt(cos(radians(one.latitude)) * cos(radians(other.latitude)))
    chord = hypot(sin(north / 2), narrows * sin(east / 2))
    return round(2 * _EARTH_RADIUS_M * asin(min(1.0, chord)))
