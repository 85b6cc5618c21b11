"""Where a charger calls."""

from urllib.parse import quote

from forecourt.kernel import ChargerId
from forecourt.web.frame.answers import Asked
from forecourt.web.frame.visit import ports_of


def gateway_address(request: Asked) -> str:
    """Where chargers reach the gateway, as was set; else at this very host."""
    ports = ports_of(request)
    return ports.ocpp_url or f"{'wss' if ports.ocpp_tls else 'ws'}://{request.base_url.hostname}:{ports.ocpp_port}/ocpp"


def own_address(request: Asked, charger_id: ChargerId) -> str:
    """Where that one calls."""
    return f"{gateway_address(request)}/{quote(charger_id, safe='')}"
