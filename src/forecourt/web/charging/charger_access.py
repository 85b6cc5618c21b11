"""The addresses at which chargers connect."""

from urllib.parse import quote

from forecourt.kernel import ChargerId
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of


def gateway_address(request: WebRequest) -> str:
    """The gateway's address for chargers, as configured; otherwise on this host."""
    ports = ports_of(request)
    return ports.ocpp_url or f"{'wss' if ports.ocpp_tls else 'ws'}://{request.base_url.hostname}:{ports.ocpp_port}/ocpp"


def charger_address(request: WebRequest, charger_id: ChargerId) -> str:
    """The address for this charger."""
    return f"{gateway_address(request)}/{quote(charger_id, safe='')}"
