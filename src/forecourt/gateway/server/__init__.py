"""Sockets, doors and visits: the part of the gateway that does I/O."""

from forecourt.gateway.server.metrics import GatewayFigures
from forecourt.gateway.server.ports import GIVE_WAY, Admission, ChargerAccess, GatewayPorts, Inbox, OrderBus
from forecourt.gateway.server.service import Gateway, serve
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.writer import GroupCommitWriter

__all__ = [
    "GIVE_WAY",
    "Admission",
    "ChargerAccess",
    "Gateway",
    "GatewayFigures",
    "GatewayPorts",
    "GatewaySettings",
    "GroupCommitWriter",
    "Inbox",
    "OrderBus",
    "serve",
]
