"""WebSockets and connections: the part of the gateway that does I/O.

`picows_server` and `websockets_server` accept sockets, `pending_connections` holds those that are not admitted yet; `handshakes` and
`authentication` decide on them. `connection` serves one charger: `flow_control` says whether its socket is read from, `orders` sends it
orders, `liveness` tells whether it is still there. `registry` knows which connection speaks for a charger; all share the `context`.
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
