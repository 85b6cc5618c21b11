"""Sockets, doors and visits: the part of the gateway that does I/O.

Its modules are named as in a house: the door reads handshakes, the lobby is the room for who is not in yet, the doorkeeper and the
credentials decide, a visit is one charger's connection, its gate whether it is read from, its desk brings it orders, its pulse says
whether it is still there; presence is which visit speaks for a charger, and the house is what all visits share.
"""

from forecourt.gateway.server.metrics import GatewayFigures
from forecourt.gateway.server.ports import GIVE_WAY, ChargerAccess, GatewayPorts
from forecourt.gateway.server.service import Gateway, serve
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.writer import GroupCommitWriter

__all__ = ["GIVE_WAY", "ChargerAccess", "Gateway", "GatewayFigures", "GatewayPorts", "GatewaySettings", "GroupCommitWriter", "serve"]
