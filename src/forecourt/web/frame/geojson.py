"""Points on our maps as GeoJSON (RFC 7946)."""

from collections.abc import Iterable

import msgspec
from litestar.response import Response

from forecourt.stations import Position

MEDIA_TYPE = "application/geo+json"


class MapMarker(msgspec.Struct):
    """pin, card: HTML, as shown. marked: counted when several spots are too close together to tell apart."""

    position: Position
    id: str
    pin: str
    card: str
    marked: bool


def geojson(markers: Iterable[MapMarker], max_age_s: int = 0) -> Response[bytes]:
    """max_age_s: how long a browser may cache it; the content depends on the visitor and the language."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": (spot.position.longitude, spot.position.latitude)},
            "properties": {"id": spot.id, "pin": spot.pin, "card": spot.card, "marked": spot.marked},
        }
        for spot in markers
    ]
    body = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    headers = {"cache-control": f"private, max-age={max_age_s}", "vary": "accept-language, cookie"} if max_age_s else {}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
