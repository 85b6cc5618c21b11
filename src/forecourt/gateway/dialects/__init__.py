"""The supported OCPP versions: each turns calls into facts, and orders into calls."""

from forecourt.gateway.dialects.model import (
    Boot,
    CallContext,
    CardQuery,
    CertificateStatusQuery,
    ContractQuery,
    Denied,
    Dialect,
    Inbound,
    OutgoingCall,
    Reply,
    Report,
    TimeQuery,
)
from forecourt.gateway.dialects.v16 import V16
from forecourt.gateway.dialects.v21 import V21
from forecourt.gateway.dialects.v201 import V201
from forecourt.stations import Protocol

# By subprotocol. If a charger offers several, the newest supported one is used.
DIALECTS: dict[Protocol, Dialect] = {Protocol.OCPP21: V21, Protocol.OCPP201: V201, Protocol.OCPP16: V16}

__all__ = [
    "DIALECTS",
    "V16",
    "V21",
    "V201",
    "Boot",
    "CallContext",
    "CardQuery",
    "CertificateStatusQuery",
    "ContractQuery",
    "Denied",
    "Dialect",
    "Inbound",
    "OutgoingCall",
    "Reply",
    "Report",
    "TimeQuery",
]
