"""The OCPP edge: chargers' sockets on one side, facts and orders on the other."""

from forecourt.gateway.courier import OrderCourier
from forecourt.gateway.orders_codec import decode_order, decode_result, encode_order, encode_result
from forecourt.gateway.server import (
    TAKEOVER_REQUEST,
    ChargerAccess,
    Gateway,
    GatewayFigures,
    GatewayPorts,
    GatewaySettings,
    GroupCommitWriter,
    serve,
)

__all__ = [
    "TAKEOVER_REQUEST",
    "ChargerAccess",
    "Gateway",
    "GatewayFigures",
    "GatewayPorts",
    "GatewaySettings",
    "GroupCommitWriter",
    "OrderCourier",
    "decode_order",
    "decode_result",
    "encode_order",
    "encode_result",
    "serve",
]
