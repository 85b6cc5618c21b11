"""The address that opens the way to a place in the reader's own map application."""

from urllib.parse import quote

_APPLE = ("iPhone", "iPad", "iPod", "Macintosh")  # an iPad's Safari names itself Macintosh


def directions_url(user_agent: str, latitude: str, longitude: str, name: str) -> str:
    """Android asks which of its applications to use for geo:, with a pin there if it is also searched for. No other system opens geo:;
    Apple's open their own maps (`daddr` of its Map Links), and others get a page of OpenStreetMap."""
    there = f"{latitude},{longitude}"
    if "Android" in user_agent:
        return f"geo:{there}?q={there}({quote(name)})"
    if any(device in user_agent for device in _APPLE):
        return f"https://maps.apple.com/?daddr={there}"
    return f"https://www.openstreetmap.org/directions?to={quote(there)}"
