"""The web edge: driver app, operator console, REST, health; translates between browsers and flows."""

from forecourt.web.app import create_app
from forecourt.web.frame.passwords import Argon2Passwords
from forecourt.web.frame.ports import LegalPages, MapTiles, WebPorts
from forecourt.web.health import create_health

__all__ = ["Argon2Passwords", "LegalPages", "MapTiles", "WebPorts", "create_app", "create_health"]
