"""Sockets, doors and visits: the part of the gateway that does I/O.

The modules are named after parts of a house. The door reads handshakes; the lobby holds connections that are not admitted yet; the
doorkeeper and the credentials decide. A visit is one charger's connection: its gate controls whether it is read from, its desk takes
orders for it, its pulse tells whether it is still alive. Presence knows which visit speaks for a charger; the house is what visits share.
"""

from forecourt.gateway.server.metrics import GatewayFigures
from forecourt.gateway.server.ports import TAKEOVER_REQUEST, ChargerAccess, GatewayPorts
from forecourt.gateway.server.service import Gateway, serve
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.writer import GroupCommitWriter

__all__ = [
    "TAKEOVER_REQUEST",
    "ChargerAccess",
    "Gateway",
    "GatewayFigures",
    "GatewayPorts",
    "GatewaySettings",
    "GroupCommitWriter",
    "serve",
]
