"""Sockets, doors and visits: the part of the gateway that does I/O."""

from forecourt.gateway.server.metrics import GatewayFigures
from forecourt.gateway.server.ports import GIVE_WAY, ChargerAccess, GatewayPorts
from forecourt.gateway.server.service import Gateway, serve
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.writer import GroupCommitWriter

__all__ = ["GIVE_WAY", "ChargerAccess", "Gateway", "GatewayFigures", "GatewayPorts", "GatewaySettings", "GroupCommitWriter", "serve"]
